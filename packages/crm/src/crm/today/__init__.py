"""What needs somebody now, in the order it should be done."""
