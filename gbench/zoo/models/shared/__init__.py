"""What several models are made of; each model depends on all of it."""
