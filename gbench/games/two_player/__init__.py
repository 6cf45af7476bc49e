"""What all two-player tracks share: the game, criteria, terms."""
