"""The page of all tags: added, renamed, colored, merged, deleted, with the number of records of each."""
