"""All records of the CRM as files that other programs read, so that nobody is locked in."""
