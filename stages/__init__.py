"""One thin script a stage: read params.yaml, call gbench, write files."""
