"""Small pieces of HTML: a model's mark, a series' line, a source with its link."""

import re

from markupsafe import Markup, escape

from gbench.report import svg


def mark(index: int | None) -> Markup:
    """The mark of a model, in its colour; a grey ring for controls."""
    if index is None:
        return Markup('<svg class="key" viewBox="0 0 14 14" aria-hidden="true">'
                      '<circle class="ring" cx="7" cy="7" r="3.6"/></svg>')  # fmt: skip
    path = svg.marker(index, 7, 7, 4.4)
    return Markup(
        f'<svg class="key" viewBox="0 0 14 14" aria-hidden="true">'
        f'<path style="fill:{svg.colour(index)}" d="{path}"/></svg>'
    )


def swatch(index: int) -> Markup:
    """A piece of line in the colour and dash of a series."""
    return Markup(
        '<svg class="swatch" viewBox="0 0 34 10" aria-hidden="true">'
        f'<path class="line" style="stroke:{svg.colour(index)}" stroke-width="2"'
        f' stroke-dasharray="{svg.DASHES[index]}" d="M1 5H33"/></svg>'
    )


def cite(source: str) -> Markup:
    """A source with its arXiv number as a link."""
    return Markup(
        re.sub(
            r"arXiv:(\d{4}\.\d{4,5})",
            r'<a href="https://arxiv.org/abs/\1">arXiv:\1</a>',
            str(escape(source)),
        )
    )
