"""The board of open leads, and its stages in the settings."""
