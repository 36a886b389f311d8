"""`ops init`: makes a fork somebody else's, and says what is left to do by hand."""
