"""The human test: readers are shown real and generated images and say which is which."""
