"""HTTP: the route table's vocabulary, reading what is sent, and answering."""
