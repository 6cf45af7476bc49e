"""Images that a GAN made for a class and a classifier takes for another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gbench.report import reading
from gbench.report.kit import pictures
from gbench.report.kit.section import Drawing, Finding, Part, Section
from gbench.report.kit.tidy import Frame, frame
from gbench.report.kit.view import Head, Row, Sheet, Sheets, View
from gbench.report.numbers import listed
from gbench.report.records import Records
from gbench.tracks.attacks.page.attacked import Share, title_of, written
from gbench.tracks.attacks.page.tables import row, table

COLUMNS = 5  # images side by side, whatever their number, so that one is not blown up
HEAD = "data target which attempts misled agreed low high"
HEADS = (
    Head("Attempts", "Noises, each with a given class."),
    Head("Misled", "The target names another class after the search."),
    Head("of these, proxies agree", "All proxies name the class that was requested."),
    Head("Misled and agreed", "Of all attempts: the images that count."),
    Head("the same before the search", "The ruler: the GAN's images of the same noises."),
    Head("Proxies", "Classifiers that stand in for people.", kind="text"),
)
FIRST = (
    "The first that count, in the order of the noises, before the search and after it, with the "
    "class requested→the class named by the target."
)


def searches(records: Records) -> Frame:
    """Counts by target; the interval is of what misleads the target and not the proxies."""
    return frame(f"{HEAD} note", _rows(records))


def _rows(records: Records) -> Iterator[Sequence[Any]]:
    names = records.params["classifiers"] if "unrestricted" in records.params else ()
    for data, name in ((data.name, name) for data in records.data for name in names):
        card = _card(records, data, name)
        if card["status"] != "ok":
            yield data, name, *[None] * 6, card["note"]
            continue
        for which in ("found", "unsearched"):
            counts = card[which]
            values = (counts[key] for key in ("attempts", "misled", "agreed"))
            yield data, name, which, *values, *counts["both_wilson"], ""


def _card(records: Records, data: str, name: str) -> Mapping[str, Any]:
    missing = {"status": "missing", "note": f"not run: there is no {name}/unrestricted.json"}
    return records.record("unrestricted", data, name, "unrestricted") or missing


def shares(counts: Mapping[str, Any]) -> list[Share | None]:
    """Misled, agreed among the misled, and both together."""
    n, hits, kept = counts["attempts"], counts["misled"], counts["agreed"]
    agreed = Share(kept / hits, counts["agreed_wilson"]) if hits else None
    misled, both = Share(hits / n, counts["misled_wilson"]), Share(kept / n, counts["both_wilson"])
    return [misled, agreed, both]


def _views(part: Part) -> Iterator[View]:
    cards = {name: _card(part.results, part.key, name) for name in part.frame.target}
    rows = [_row(name, card) for name, card in cards.items()]
    yield table(part.anchor, f"Unrestricted images on {part.key}", HEADS, rows)
    if sheets := [sheet for name in cards if (sheet := _sheet(part, name))]:
        yield Sheets(sheets, title=FIRST)


def _row(name: str, card: Mapping[str, Any]) -> Row:
    if card["status"] != "ok":
        return row(title_of(name), *[""] * len(HEADS), model=name, why=card["note"])
    found, before = card["found"], shares(card["unsearched"])[-1]
    proxies = ", ".join(card["proxies"])
    return row(title_of(name), found["attempts"], *shares(found), before, proxies, model=name)


def _sheet(part: Part, name: str) -> Sheet | None:
    folder = part.results.root / "results" / "unrestricted" / part.key / name
    images, _ = reading.tensors(folder / "images.safetensors")
    if not len(images.get("found", ())):
        return None
    pairs = zip(images["source"], images["named"], strict=True)
    captions = {"start": "before:", "found": f"after: {', '.join(f'{a}→{b}' for a, b in pairs)}"}
    found = [
        pictures.sheet(images[key], COLUMNS, f"{title_of(name)}, {said}", caption=said)
        for key, said in captions.items()
    ]
    return Sheet(title_of(name), found, name)


def _told(parts: Sequence[Part]) -> Iterator[Finding]:
    for part in parts:
        made = part.frame[part.frame.which == "found"]
        counts = zip(made.target, made.agreed, strict=True)
        if told := listed([f"{title_of(name)} {agreed}" for name, agreed in counts]):
            text = (
                f"of {made.attempts.iloc[0]} images of a GAN on {part.key}, so many mislead the "
                f"target while all proxies name the class that was requested: {told}."
            )
            yield Finding("Without a budget:", text, part.anchor)


UNRESTRICTED = Section(
    id="unrestricted",
    title="Images that a generator makes",
    lede="No original, and so no budget: a search over the noise of a conditional GAN for an image "
    "of a given class that the target takes for another. An image counts if all of the other "
    "classifiers name the class that was requested. The same noises before the search are the "
    "ruler: a GAN's images are not all of their class. Song, Shu, Kushman and Ermon 2018, "
    "arXiv:1805.07894.",
    blind="whether an image still shows its class: only people could tell (the paper asks five "
    "each). Here other classifiers stand in; that is a proxy, and they may be misled together.",
    frame=searches,
    written=written,
    empty="no search was made: params.yaml has no section `unrestricted`",
    show=(Drawing(_views),),
    findings=(_told,),
    nav="Made images",
)
