"""Samples that another program made, scored as the samples of gbench's own runs are."""
