"""An example to copy: are a model's images as bright as real ones?"""
