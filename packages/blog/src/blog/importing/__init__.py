"""Moves a blog from another generator: posts, pictures and old addresses. `blog import` is the command."""
