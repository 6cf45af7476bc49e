"""One file per metric: `METRIC`."""
