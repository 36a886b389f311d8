"""The Today page: enquiries, next steps and quiet leads that need attention now."""
