"""The page on mode collapse: a file a section."""
