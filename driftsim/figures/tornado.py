"""The tornado plot of a sweep: by how much each assumption moves the shares of the regions that lead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..results.intervals import PERCENT, REACH
from ..system.disk import whole
from ..system.kinds import JsonView
from ..system.percent import percent
from . import canvas
from .palette import CHARTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UP, DOWN, NOISE = CHARTS.up, CHARTS.down, CHARTS.noise
INK, FAINT = CHARTS.ink, CHARTS.grey
ROW_IN, HEAD_IN, FOOT_IN, LABELS_IN, PANEL_IN = 0.19, 1.05, 0.75, 2.75, 1.75

Row = tuple[str, JsonView | None]


def draw(body: JsonView, file: Path) -> None:
    """Draw the plot of a sweep.

    Parameters
    ----------
    body : mapping
        What ``sweep.json`` holds.
    file : Path
        A PNG.
    """
    with canvas.style({}), whole(file) as beside:
        figure(body).savefig(beside, format="png", dpi=150, metadata={"Software": None})


def rows(body: JsonView) -> list[Row]:
    """Lines of the plot from top to bottom: a heading, or a label with its variation.

    Assumptions come by the largest change that one of their variations makes to a share of the regions that lead.
    """
    groups: dict[str, list[JsonView]] = {}
    for variation in body["variations"][1:]:
        groups.setdefault(variation["group"], []).append(variation)

    def effect(group: str) -> float:
        return float(max(abs(v["regions"][key]["change"] or 0.0) for v in groups[group] for key in body["lead"]))

    out: list[Row] = []
    for group in sorted(groups, key=effect, reverse=True):
        if any(variation["name"] != group for variation in groups[group]):
            out.append((group, None))
        out += [(variation["name"], variation) for variation in groups[group]]
    return out


def figure(body: JsonView) -> Figure:
    """The plot as a matplotlib figure."""
    from matplotlib.figure import Figure

    lines = rows(body)
    base = body["variations"][0]
    height = HEAD_IN + FOOT_IN + ROW_IN * len(lines)
    width = LABELS_IN + PANEL_IN * max(len(body["lead"]), 1) + 0.3
    made = Figure(figsize=(width, height))
    ends = [abs(points) + half for _, v in lines if v for points, half in (_change(v, k) for k in body["lead"])]
    reach = max([1.0, *ends]) * 1.35  # room for the numbers
    for n, key in enumerate(body["lead"]):
        left = (LABELS_IN + n * PANEL_IN) / width
        axes = made.add_axes((left, FOOT_IN / height, (PANEL_IN - 0.12) / width, ROW_IN * len(lines) / height))
        _panel(axes, lines, key, reach)
        share = base["regions"][key]["share"]
        of_base = "no landing" if share is None else f"{percent(share)} %"
        axes.set_title(f"{body['regions'][key]}\n{of_base}", fontsize=9, color=INK)
        if n == 0:
            _labels(axes, lines)
    made.text(0.12 / width, 1 - 0.16 / height, body["title"], fontsize=11, weight="bold", color=INK, va="top")
    made.text(
        0.12 / width,
        1 - 0.42 / height,
        f"Change of the share of {body['home']}’s landings, in points, when one assumption is changed",
        fontsize=9,
        color=INK,
        va="top",
    )
    made.text(
        0.12 / width,
        0.1 / height,
        f"Above each column the share with nothing changed. Lines: {PERCENT} interval of the change (chance and "
        f"weather); grey: it holds zero.\n{base['boats']:,} boats in {base['members']:,} members a run, "
        f"driftsim {body['version']}. How one model’s answer moves; not which row is right.",
        fontsize=7.5,
        color=FAINT,
        va="bottom",
    )
    return made


def _panel(axes: Axes, lines: list[Row], key: str, reach: float) -> None:
    for y, (_, variation) in enumerate(lines):
        if variation is None or variation["regions"][key]["change"] is None:
            continue
        points, half = _change(variation, key)
        color = NOISE if abs(points) <= half else UP if points > 0 else DOWN
        axes.barh(y, points, height=0.72, color=color, linewidth=0)
        if half:
            axes.plot([points - half, points + half], [y, y], color=INK, linewidth=0.7, solid_capstyle="butt")
        end = max(points + half, 0.0) if points >= 0 else min(points - half, 0.0)
        axes.annotate(
            _signed(points),
            (end, y),
            (3 if points >= 0 else -3, 0),
            textcoords="offset points",
            ha="left" if points >= 0 else "right",
            va="center",
            fontsize=6.5,
            color=INK,
        )
    axes.axvline(0.0, color=INK, linewidth=0.8)
    axes.set_xlim(-reach, reach)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_yticks([])
    axes.tick_params(axis="x", labelsize=7, colors=FAINT, length=2)
    axes.grid(axis="x", color=CHARTS.grid, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)


def _change(variation: JsonView, key: str) -> tuple[float, float]:
    """Change of a share, and half of its interval, points."""
    of = variation["regions"][key]
    return 100.0 * (of["change"] or 0.0), 100.0 * REACH * (of["change_error"] or 0.0)


def _signed(points: float) -> str:
    text = f"{points:+.1f}".replace("-", "\N{MINUS SIGN}")
    return "0.0" if text[1:] == "0.0" else text


def _labels(axes: Axes, lines: list[Row]) -> None:
    for y, (label, variation) in enumerate(lines):
        heading = variation is None
        inside = variation is not None and variation["group"] != label
        x = -(LABELS_IN - 0.12) + (0.14 if inside else 0.0)
        axes.annotate(
            label,
            (0.0, y),
            (x * 72.0, 0.0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            ha="left",
            fontsize=8,
            color=INK,
            weight="bold" if heading else "normal",
            annotation_clip=False,
        )
