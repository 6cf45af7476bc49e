"""The page of the human test: one file that shows images, asks, and hands out the answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gbench.core.files import replacing
from gbench.report.turing.answers import FORMAT, VERSION
from gbench.report.turing.pool import Pool
from gbench.tracks.generation.measure.turing import Turing

HERE = Path(__file__).parent


def write(pools: Sequence[Pool], settings: Turing, path: Path) -> None:
    """Renders the page into `path`; where there is nothing to show, it says so."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = [pool for pool in pools if pool.sources]
    html = environment.get_template("page.html").render(
        style=Markup((HERE.parent / "page.css").read_text() + (HERE / "page.css").read_text()),
        script=Markup((HERE / "page.js").read_text()),
        pools=shown,
        absent=[(pool.data, *one) for pool in pools for one in pool.absent],
        settings=settings,
        test={
            "format": FORMAT,
            "version": VERSION,
            "mixture": settings.mixture,
            "pools": [_packed(pool) for pool in shown],
        },
    )
    with replacing(path) as temporary:
        temporary.write_text(html)


def _packed(pool: Pool) -> dict[str, Any]:
    """What the script reads of a pool."""
    return {
        "data": pool.data,
        "fingerprint": pool.fingerprint,
        "sources": [[source.name, source.title] for source in pool.sources],
        "key": pool.key,
        "sheet": pool.sheet,
        "columns": pool.columns,
        "tile": pool.tile,
    }
