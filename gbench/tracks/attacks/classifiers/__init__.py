"""Classifiers to be attacked: one file each."""
