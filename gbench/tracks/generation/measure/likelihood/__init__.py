"""How likely models find data: exactly, by bounds, by annealed importance sampling, or by kernels.

`python -m ...stages.likelihood` writes the answers.  Every density is of the same dequantised
pixels (see `likelihood.observed`); what differs is the observation model, and values are comparable
only where that is the same.
"""
