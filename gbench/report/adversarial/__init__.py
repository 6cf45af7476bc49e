"""The page of the adversarial track."""
