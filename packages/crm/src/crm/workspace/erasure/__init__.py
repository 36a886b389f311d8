"""Permanent deletion: erases a record of the trash from the tables of all modules."""
