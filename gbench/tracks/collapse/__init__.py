"""Which remedy keeps a GAN from losing modes?

The plain GAN with one remedy at a time, on mixtures and stacks whose modes are known, next to the
published numbers; how games move while they learn; and where batch norm belongs.
"""
