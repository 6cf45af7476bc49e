"""Films of trainings: samples and the critic's landscape, frame after frame, read from runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from gbench.core.files import read_json
from gbench.report.reading import tensors
from gbench.report.records import by_seed
from gbench.tracks.collapse.page import frames
from gbench.tracks.collapse.page.frames import Window
from gbench.zoo.shared.along import Along

MEASURES = {"modes": "Modes", "kl_data_model": "KL(r, g)", "kl_model_data": "KL(g, r)"}


class Frame(NamedTuple):
    """
    Attributes:
        round: after which it was kept.
        x: samples, [n, 2].
        landscape: the critic's scores, [G, G] from below; None where there are none.
        values: by metric; None where there is none.
    """

    round: int
    x: NDArray[np.float32]
    landscape: NDArray[np.float32] | None
    values: Mapping[str, float | None]


@dataclass(frozen=True)
class Film:
    """One training of one model.

    Attributes:
        window: x0, x1, y0, y1 of every frame.
        rounds: of the whole training.
        frames: one at each point of the training that was to be kept; None where there is none.
        note: why there is none; empty if all are there.
    """

    model: str
    title: str
    seed: int
    window: Window
    rounds: int
    frames: Sequence[Frame | None]
    note: str

    @property
    def last(self) -> Frame | None:
        return self.frames[-1]

    @property
    def measured(self) -> list[tuple[str, str]]:
        """The measures of the last frame, each after its title."""
        return [*zip(MEASURES.values(), self.told(self.last), strict=True)]

    def told(self, frame: Frame | None) -> list[str]:
        """The measures of a frame as text, in the order of MEASURES."""
        return [shown(name, frame.values.get(name) if frame else None) for name in MEASURES]


@dataclass(frozen=True, eq=False)
class Gallery:
    """The films on one data set.

    Attributes:
        centres: of the modes, [K, 2].
        films: a model each, of its first seed that has one.
        gaps: the titles of models that have none, by the reason.
    """

    data: str
    centres: NDArray[np.float32]
    films: list[Film]
    gaps: Mapping[str, list[str]]

    @property
    def script(self) -> Markup:
        """What the player draws, as the JSON of a script element."""
        films = [
            {
                "rounds": film.rounds,
                "round": [frame and frame.round for frame in film.frames],
                "window": [round(end, 5) for end in film.window],
                "told": [film.told(frame) for frame in film.frames],
                **frames.reel(
                    [frame and (frame.x, frame.landscape) for frame in film.frames], film.window
                ),
            }
            for film in self.films
        ]
        return frames.script({"centres": self.centres.round(4).tolist(), "films": films})

    def still(self, film: Film) -> Markup:
        """A film's last frame, for those who run no script."""
        name = f"{self.data}-{film.model}"
        if film.last is None:
            return frames.still(name, film.window, self.centres, None, None)
        return frames.still(name, film.window, self.centres, film.last.x, film.last.landscape)


def shown(metric: str, value: float | None) -> str:
    """A value as text; a dash where there is none."""
    if value is None:
        return "\N{EN DASH}"
    return f"{value:.0f}" if metric == "modes" else f"{value:.2f}"


def gallery(
    root: Path, data: Iterable[str], titles: Mapping[str, str], seeds: Sequence[int], along: Along
) -> list[Gallery]:
    """A film of each model on each data set of known modes in the plane; other data are left out.

    Args:
        root: where data/, runs/ and results/ lie.
        data: the data sets.
        titles: of the models, by their names in params.yaml, in the order of the films.
        seeds: of their trainings; the first that has left frames is shown.
        along: when frames were kept.

    Raises:
        DataError: a file is there but cannot be read.
    """
    found = []
    for name in data:
        centres = tensors(root / "data" / name / "data.safetensors")[0].get("centres")
        if centres is None or centres.shape[1:] != (2,):
            continue
        films: list[Film] = []
        gaps: dict[str, list[str]] = {}
        for model, title in titles.items():
            of_seeds = (film(root, name, model, title, seed, along) for seed in seeds)
            first = next(filter(None, of_seeds), None)
            if first:
                films.append(first)
            else:
                folder = root / "runs" / name / model
                missing = {seed: absence(folder / str(seed)) for seed in seeds}
                gaps.setdefault(by_seed(missing), []).append(title)
        found.append(Gallery(name, centres, films, gaps))
    return found


def film(root: Path, data: str, model: str, title: str, seed: int, along: Along) -> Film | None:
    """One run's frames; None where it left none, or none that has a window."""
    folder = root / "runs" / data / model / str(seed)
    kept, _ = tensors(folder / "along.safetensors")
    if "window" not in kept:
        return None
    card = read_json(folder / "run.json")
    scores = root / "results" / "scores" / data / model / f"{seed}.json"
    told = read_json(scores).get("along", {}) if scores.exists() else {}
    known = {
        round_: frame_of(kept, told, index) for index, round_ in enumerate(kept["round"].tolist())
    }
    found = [known.get(round_) for round_ in sorted(along.rounds(card["rounds"]))]
    note = "" if all(found) else card["note"] or "some samples were not finite"
    window = tuple(kept["window"].tolist())
    return Film(model, title, seed, window, card["rounds"], found, note)


def absence(folder: Path) -> str:
    """Why there is no film of a run."""
    card = folder / "run.json"
    note = read_json(card)["note"] if card.exists() else "not run"
    return note or "it kept no samples on its way, or no window"


def frame_of(kept: Mapping[str, NDArray[Any]], told: Mapping[str, Any], index: int) -> Frame:
    """One frame of along.safetensors, with what was measured after the same round."""
    round_ = int(kept["round"][index])
    at = told["round"].index(round_) if round_ in told.get("round", ()) else None
    values = {name: told[name][at] for name in MEASURES if name in told and at is not None}
    landscape = kept["landscape"][index] if "landscape" in kept else None
    if landscape is not None and not np.isfinite(landscape).all():
        landscape = None
    return Frame(round_, kept["x"][index], landscape, values)
