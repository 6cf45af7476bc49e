"""Which generative model makes the best samples, and what else can be done with it?

Every family under one protocol: fidelity, diversity, copying of training data, what latent spaces
hold, what samples teach a classifier, how likely held-out data are, what labels are worth.
"""
