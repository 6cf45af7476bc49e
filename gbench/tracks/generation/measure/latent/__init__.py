"""What a model's latent space holds, asked of its games by what they can do, never by their names.

`python -m ...stages.latent` writes the answers: numbers, each next to what chance or a simpler way
gets, and a few pictures.  The oracle that says which class an image shows is the judge: trained on
the training split alone, and frozen.
"""
