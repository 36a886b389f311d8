"""What people work with all day: pages over several kinds of records. Knows everything below."""
