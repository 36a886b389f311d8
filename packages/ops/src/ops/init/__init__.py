"""`ops init`: gives a fork its new owner, and lists what is left to do by hand."""
