"""What several tracks train: models and data sets, a file each."""
