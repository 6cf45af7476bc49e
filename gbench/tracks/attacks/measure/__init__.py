"""Classifiers, attacks on them, and defences; every number with its threat model."""
