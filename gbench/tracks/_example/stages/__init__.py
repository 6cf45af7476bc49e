"""One thin script a stage of this track: read params.yaml, call what measures, write files."""
