"""From a push to the commit that every host serves: watched, told, taken back."""
