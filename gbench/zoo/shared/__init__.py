"""Parts of several models; each model depends on all of it."""
