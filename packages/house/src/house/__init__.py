"""What every part of the house shares: facts, the enquiry form, the look, the embedded database."""
