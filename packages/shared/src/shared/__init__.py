"""What every part of the system shares: facts, the enquiry form, the look, the embedded database."""
