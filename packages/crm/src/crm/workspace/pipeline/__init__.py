"""The pipeline: its stages in the settings."""
