"""`ops dev`: starts and stops the whole system on one machine."""
