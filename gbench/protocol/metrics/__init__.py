"""One file a metric: `METRIC`."""
