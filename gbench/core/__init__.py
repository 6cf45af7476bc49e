"""What every track shares: games, their training, data sets, metrics.  Knows no track."""
