"""What the track on mode collapse computes: measures, exact toys, and published numbers."""
