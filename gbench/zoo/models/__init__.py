"""One file per model: `build(shape, *, ...) -> Game`, and FAMILY, TITLE, SOURCE for reports."""
