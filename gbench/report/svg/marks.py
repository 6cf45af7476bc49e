"""Colours, dashes and marks that tell series apart, by each of them alone."""

from math import cos, pi, sin

DASHES = ("", "6 3", "2 2.5", "8 3 2 3", "4 2", "10 4", "1.5 4", "8 2 2 2 2 2")


def colour(index: int) -> str:
    """The page's colour of the index-th series; eight, then again from the first."""
    return f"var(--series-{index % 8})"


def number(value: float) -> str:
    """A coordinate, in tenths of a unit."""
    return f"{value:.1f}".removesuffix(".0")


def marker(index: int, x: float, y: float, size: float = 4.5) -> str:
    """The outline of the index-th mark, so that series differ in more than colour."""
    kind = index % 8
    if kind == 0:
        s = number(size)
        return (
            f"M{number(x - size)} {number(y)}a{s} {s} 0 1 0 {number(2 * size)} 0"
            f"a{s} {s} 0 1 0 {number(-2 * size)} 0z"
        )
    if kind == 7:  # a plus
        thin = size / 2.6
        corners = [
            (thin, size), (thin, thin), (size, thin), (size, -thin), (thin, -thin), (thin, -size),
            (-thin, -size), (-thin, -thin), (-size, -thin), (-size, thin), (-thin, thin),
            (-thin, size),
        ]  # fmt: skip
        points = [(x + a, y + b) for a, b in corners]
    else:
        edges, turn, inner = {
            1: (4, pi / 4, 1.0),  # square
            2: (3, -pi / 2, 1.0),  # triangle
            3: (4, 0.0, 1.0),  # diamond
            4: (3, pi / 2, 1.0),  # triangle downwards
            5: (5, -pi / 2, 0.45),  # star
            6: (6, 0.0, 1.0),  # hexagon
        }[kind]
        size *= 1.2
        points = []
        for k in range(edges):
            a = turn + 2 * pi * k / edges
            points.append((x + size * cos(a), y + size * sin(a)))
            if inner < 1:
                b = a + pi / edges
                points.append((x + inner * size * cos(b), y + inner * size * sin(b)))
    return "M" + "L".join(f"{number(a)} {number(b)}" for a, b in points) + "z"
