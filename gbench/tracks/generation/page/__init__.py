"""The page of the generation track: a file a section."""
