"""What this track computes; its stages depend on it, and the page does not change it."""
