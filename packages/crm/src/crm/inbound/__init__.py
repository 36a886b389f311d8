"""What arrives from outside: enquiries of the public form. Knows records, outbound and accounts."""
