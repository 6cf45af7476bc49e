"""What a generative model is good for: its samples as training data, its features for few labels.

Both questions end in test accuracy of a classifier that gbench trains here by itself, the same for
all models, so no network that judges the other tables decides them, but for samples that cannot be
requested by class: these have their labels from the judge, and stand in a column of their own.
"""
