"""Computations of the track on mode collapse: measures, exact toys, and published numbers."""
