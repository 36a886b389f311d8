"""What the blog's own host serves."""
