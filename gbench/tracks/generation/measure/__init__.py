"""Computations of the track on generation beyond the protocol's scores, a folder per question."""
