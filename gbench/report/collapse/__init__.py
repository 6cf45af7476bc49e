"""The page on mode collapse: its sections arrange records and compute no result."""
