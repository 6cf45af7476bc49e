"""Usefulness: what samples teach a classifier, what features show a linear probe."""

from collections.abc import Iterator, Sequence

from gbench.report.section import Drawing, Finding, Headed, Part, Section
from gbench.report.sections.subjects import models
from gbench.report.tested import AGAINST, WITH_BEST
from gbench.report.tidy import columns
from gbench.tracks.generation.page import probed, taught, useful

QUESTIONS = (
    ("Samples as training data", "classification", taught.finding),
    ("Features under a linear probe", "probe", probed.finding),
)


def found(parts: Sequence[Part]) -> Iterator[Finding]:
    """Of the first data set on which anything is supported, one sentence per question."""
    for what, at, ask in QUESTIONS:
        for part in parts:
            if text := ask(part):
                yield Finding(f"{what} on {part.key}:", f"{text}.", f"{part.anchor}-{at}")
                break


USEFULNESS = Section(
    id="usefulness",
    title="Usefulness",
    lede="Two questions in percent of real test images, put to networks that are trained here and "
    "are the same for all: what a classifier learns from a model's samples, and what a linear "
    "probe reads off the features of a model's encoder or critic where few labels are given. "
    f"{WITH_BEST} Next to a difference or another network {AGAINST}. "
    "Intervals are 95 % t-intervals over seeds; a seed sets the model's training, the "
    "classifier's, and the draws of the labels.",
    blind="what other classifiers and probes would gain: all numbers are of the ones trained here.",
    frame=useful.usefulness,
    written=columns(useful.HEAD),
    subjects=models,
    findings=(found,),
    empty="no classifier was taught samples, and no features were probed",
    show=(
        Drawing(useful.line),
        Headed(
            "classification",
            "Samples as training data",
            [Drawing(taught.views)],
            "The classification accuracy score of Ravuri and Vinyals 2019 (arXiv:1905.10887): as "
            "many samples as there are training images, each of the requested class, take their "
            "place; in their naive augmentation they are added. Classifier, updates and test "
            "images are the same throughout. Models of which no class can be requested have no "
            "such score. The last column is another question: there the judge, who was taught the "
            "real labels, says what each sample shows, so that it shows whether samples cover what "
            "distinguishes the classes, and nothing of whether a model knows them.",
            "copying, as the memoriser's full marks say: only the overfitting columns of the main "
            "table do. Nor what a larger classifier, or one with augmented images, would gain.",
        ),
        Headed(
            "probe",
            "Features under a linear probe",
            [Drawing(probed.views)],
            "Multinomial logistic regression on features that stay as they are, standardised by "
            "the training images; its L2 strength is fixed, and nothing is chosen by the test "
            "split. A critic's features are those before its head. Next to each stand the same "
            "network with its first weights, never trained, and whether it beats raw pixels. "
            "Networks that were taught all labels are compared among themselves: few labels in the "
            "probe are not few labels to them, nor to the judge.",
            "what is in the features but not along a line, nor what fine-tuning would make of "
            "them.",
        ),
    ),
)
