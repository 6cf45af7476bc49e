"""The probes of latent spaces: what each asks, and what its values are read against."""

from typing import NamedTuple


class Head(NamedTuple):
    """One measure of a probe and the columns next to it.

    Attributes:
        measure: as the probe names it, without the prefix of a group.
        better: "higher" or "lower".
        asks: what it asks, for the tip.
        against: what it is read against, by the probe's name for it, and the column's title.
    """

    measure: str
    title: str
    better: str
    asks: str
    against: tuple[tuple[str, str], ...]


class Spec(NamedTuple):
    """
    Attributes:
        probe: by name.
        groups: title of a block of rows, and the prefix of its measures.
        reading: how to read it.
        blind: what it cannot show.
        medians: whether the median over seeds is shown, and each seed, instead of mean and
            interval.
    """

    probe: str
    title: str
    groups: tuple[tuple[str, str], ...]
    heads: tuple[Head, ...]
    reading: str
    blind: str
    medians: bool = False


SHUFFLED = (("random direction", "random"), ("shuffled labels", "shuffled"))
SPECS = (
    Spec(
        "interpolation",
        "Interpolation",
        (("Between draws of the model's own codes", ""),
         ("Between the codes of two test images of two classes", "image_")),
        (Head("fid", "FID of middles", "lower",
              "How far are the pictures half-way between two codes from real data?",
              (("ends", "ends"), ("straight line", "straight"), ("pixels blended", "pixels"))),
         Head("precision", "precision of middles", "higher",
              "Which share of the pictures half-way could pass for real?",
              (("ends", "ends"), ("straight line", "straight"), ("pixels blended", "pixels"))),
         Head("two_classes", "two classes only", "higher",
              "On which share of the paths between two classes does the oracle, at every step, see "
              "one of these two?",
              (("pixels blended", "pixels"),))),
        "Half-way between two codes a picture should look as real as at the ends, which a blend of "
        "pixels does not: two digits on top of each other. Standard normal codes are joined by the "
        "great circle (Shoemake 1985; White 2016, arXiv:1609.04468), since the middle of a "
        "straight line is closer to the origin than the model ever draws; the straight line stands "
        "next to it. Other codes (fitted densities, a category) are joined by the straight line. "
        "The reference is the test split, for paths between test images the validation split.",
        "That the middles of a great circle look like samples follows from the law of the codes "
        "and says nothing about meaning. Precision rewards typical pictures: middles of straight "
        "lines, nearer to the mean, can pass more often while FID shows that they are alike. A "
        "path that stays in two classes may jump from one to the other.",
    ),
    Spec(
        "arithmetic",
        "Arithmetic",
        (("Codes of the model's own samples, labelled by the oracle", ""),
         ("Codes of test images, means from training images", "image_")),
        (Head("class", "becomes the requested class", "higher",
              "A code plus the mean code of class b minus that of class a: how often does the "
              "oracle see b? All ordered pairs of classes.", SHUFFLED),
         Head("ink", "ink obeys", "higher",
              "Along the difference of the mean codes of the boldest and the thinnest quarter: how "
              "often does the ink change more in the requested sense than along a random one?",
              SHUFFLED),
         Head("slant", "slant obeys", "higher",
              "The same for the slant of the strokes, by image moments.", SHUFFLED)),
        "The share of moves that succeed, next to the same moves in a random direction of the same "
        "length, and in the direction that shuffled labels give. Nothing is chosen: half of the "
        "samples give the mean codes, the other half are moved (compare Radford et al. 2016, "
        "arXiv:1511.06434, section 6.3.2). The first block treats every decoder the same way; the "
        "second treats models that encode once more, with images. Chance is one half for strokes.",
        "A move that succeeds shows that a direction is there and says nothing about what else it "
        "changes: identity, style. A stroke obeys however little it changes. The oracle must name "
        "some class even for what is no digit.",
    ),
    Spec(
        "conditioning",
        "Samples by class",
        (("", ""),),
        (Head("asked_class", "is of the requested class", "higher",
              "In which share of the samples does the oracle see the class that was requested?",
              (("shuffled labels", "shuffled"), ("real images", "real"))),),
        "Of models that know the labels each class is requested equally often. The oracle's "
        "share stands next to that of shuffled labels, and to the oracle's own accuracy on real "
        "test images, which no model need exceed.",
        "A model may give one image a class and score 1: recall and coverage see that. Where it "
        "learns from a classifier of its own, it may exaggerate what distinguishes classes, and "
        "exceed real images.",
    ),
    Spec(
        "codes",
        "Categories against labels",
        (("", ""),),
        (Head("hungarian_accuracy", "Hungarian accuracy", "higher",
              "Under the best assignment of categories to classes, for which share of the test "
              "images does the category that is read name the class?",
              (("shuffled codes", "shuffled"), ("k-means on pixels", "k-means"))),
         Head("nmi", "NMI", "higher",
              "Mutual information of category and class over the mean of both entropies, in [0, 1]",
              (("shuffled codes", "shuffled"), ("k-means on pixels", "k-means")))),
        "A categorical code that was learned without labels, against the labels of the test "
        "images: the median over seeds, and each seed. Next to it the same codes shuffled, and "
        "k-means on pixels with as many clusters as categories occur.",
        "Categories may follow something else that is as real as the class: style, stroke. Both "
        "numbers call that a failure.",
        medians=True,
    ),
    Spec(
        "reconstruction",
        "Reconstruction",
        (("", ""),),
        (Head("pixel_error", "pixel error (RMSE)", "lower",
              "Root of the mean squared error of the pixels, which are in [0, 1].",
              (("random pairs", "random pairs"),)),
         Head("pixel_ratio", "ratio", "lower", "Pixel error over that of random pairs.", ()),
         Head("feature_error", "feature distance", "lower",
              "Mean distance of image and reconstruction in the judge's features.",
              (("random pairs", "random pairs"),)),
         Head("feature_ratio", "ratio", "lower", "Feature distance over that of random pairs.", ()),
         Head("same_class", "same class", "higher",
              "Share of the images whose reconstruction the oracle gives the same class.",
              (("random pairs", "random pairs"),))),
        "Test images coded and decoded, against pairs of test images drawn at random: a ratio of 0 "
        "is the image itself, a ratio of 1 is any other image.",
        "A large code may pass everything on and have learned nothing; a flow returns each image "
        "by construction. Models without an error in their loss (BiGAN, ALI) return another image "
        "of the same kind at best, which the features forgive and the pixels do not.",
    ),
)  # fmt: skip
