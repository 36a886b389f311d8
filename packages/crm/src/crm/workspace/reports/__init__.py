"""Reports: where leads come from, how fast they are answered, what becomes of them."""
