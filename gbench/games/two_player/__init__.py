"""Shared by all two-player games: the game, criteria, terms."""
