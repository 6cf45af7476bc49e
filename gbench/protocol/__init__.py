"""How every model is scored: the judge, the metrics, the controls that prove them."""
