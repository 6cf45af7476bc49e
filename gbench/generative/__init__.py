"""One file a model: `build(shape, *, ...) -> Game`, with FAMILY, TITLE and SOURCE for the report."""
