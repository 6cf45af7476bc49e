"""One file a model: `build(shape, *, ...) -> Game`, and FAMILY, TITLE, SOURCE for reports."""
