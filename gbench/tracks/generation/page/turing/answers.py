"""The files that readers of the human test saved, checked one by one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gbench.core.files import DataError, read_json
from gbench.tracks.generation.page.turing.pool import Pool

FORMAT = "gbench human test"
VERSION = 1
FOLDER = "turing"  # beside params.yaml
OWN = "README.md"  # the folder's, so that it is never empty
FIELDS: dict[str, type | tuple[type, ...]] = {
    "session": str,
    "data": str,
    "fingerprint": str,
    "asked": str,
    "seconds": (int, float),
    "feedback": bool,
    "reader": str,
    "answers": list,
}


@dataclass(frozen=True)
class Session:
    """
    Attributes:
        session: its id, drawn at random.
        data: the data set.
        reader: initials that distinguish readers; often empty.
        seconds: that each image was shown; 0: until it was answered.
        feedback: whether each answer was followed by the truth.
        answers: (place in the pool, whether it was called real).
    """

    session: str
    data: str
    reader: str
    seconds: float
    feedback: bool
    answers: list[tuple[int, bool]]


def read(folder: Path, pools: list[Pool]) -> tuple[list[Session], list[str]]:
    """The sessions in a folder, each once, and a note on each file that does not count.

    Args:
        pools: the images of this run; answers about others are refused.
    """
    sessions: dict[str, Session] = {}
    places: dict[str, str] = {}
    notes = []
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in (path for path in paths if path.name != OWN and not path.name.startswith(".")):
        try:
            found = session(path, pools)
        except DataError as error:
            notes.append(f"{FOLDER}/{path.name} does not count: {error}")
            continue
        if found.session not in sessions:
            sessions[found.session], places[found.session] = found, path.name
            continue
        same = "it is" if found == sessions[found.session] else "it has other answers than"
        first = f"{same} the session of {places[found.session]}, which counts once"
        notes.append(f"{FOLDER}/{path.name} does not count: {first}")
    return [*sessions.values()], notes


def session(path: Path, pools: list[Pool]) -> Session:
    """Reads one file.

    Raises:
        DataError: what is wrong with it.
    """
    if path.suffix != ".json":
        raise DataError("answers are files whose names end in .json")
    try:
        card = read_json(path)
    except (DataError, RecursionError):
        raise DataError("it is no JSON text")
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise DataError(f'it does not say "format": "{FORMAT}"')
    if card.get("version") != VERSION:
        raise DataError(f"its version is {card.get('version')!r}; known is {VERSION}")
    for name, kind in FIELDS.items():
        value = card.get(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise DataError(f"{name} is {_brief(value)}")
    if not 0 <= card["seconds"] <= 3600:
        raise DataError(f"seconds is {card['seconds']!r}")
    pool = next((pool for pool in pools if pool.data == card["data"] and pool.sources), None)
    if pool is None:
        raise DataError(f"it is about {_brief(card['data'])}, which is not in this report")
    if card["fingerprint"] != pool.fingerprint:
        raise DataError(
            f"it is about other images than these (its fingerprint is {_brief(card['fingerprint'])}"
            f", that of {pool.data} is now {pool.fingerprint})"
        )
    answers = [_answer(one, pool) for one in card["answers"]]
    if not answers or len({item for item, _ in answers}) < len(answers):
        raise DataError("answers are none, or have an image twice")
    return Session(
        card["session"],
        card["data"],
        card["reader"].strip(),
        float(card["seconds"]),
        card["feedback"],
        answers,
    )


def _answer(one: Any, pool: Pool) -> tuple[int, bool]:
    item, said = (one.get("item"), one.get("said")) if isinstance(one, dict) else (None, None)
    if type(item) is int and 0 <= item < len(pool.key) and said in ("real", "generated"):
        return item, said == "real"
    raise DataError(f"an answer is {_brief(one)}")


def _brief(value: Any) -> str:
    text = "missing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
