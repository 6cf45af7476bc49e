"""One file a data set: `build(*, ...) -> Dataset`."""
