"""What is wrong with one machine or service, and the line that mends it."""
