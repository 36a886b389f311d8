"""Finds secrets in the files that git tracks or would track, and in the whole history."""
