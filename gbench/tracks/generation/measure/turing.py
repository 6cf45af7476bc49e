"""What the section `turing` of params.yaml says."""

from typing import Literal, NamedTuple


class Turing(NamedTuple):
    """The human test: a page that asks of real and generated images which are real.

    Attributes:
        images: the first so many samples of each model, and as many real ones in its session.
        mixture: images in a session of all models, half of them real.
        seed: of the choice of real images, and of the order in which the page holds all.
        models: which models' images are shown.
        seconds: that an image is shown, unless its reader chooses; 0: until it is answered.
    """

    images: int = 20
    mixture: int = 60
    seed: int = 0
    models: list[str] | Literal["all"] = "all"
    seconds: float = 0.0
