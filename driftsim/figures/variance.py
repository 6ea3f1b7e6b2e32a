"""What explains the spread of a run's members: the weather, and each assumption that they drew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..results import answer
from ..results.intervals import REACH
from ..system.errors import InputError
from ..system.kinds import Json, JsonView
from ..system.percent import rounded
from .palette import CHARTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT = CHARTS.ink, CHARTS.grey
ROW_IN, HEAD_IN, FOOT_IN, LABELS_IN, PANEL_IN = 0.24, 1.1, 0.85, 2.75, 1.75
WEATHER = "weather, and what is not linear"


def rows(apart: Mapping[str, JsonView], keys: Sequence[str]) -> list[str]:
    """Assumptions from top to bottom, by the largest part of the variance that each explains of a region."""
    drawn = list(apart[keys[0]]["first_order"])
    return sorted(drawn, key=lambda name: -max(apart[key]["first_order"][name] for key in keys))


def figure(summary: JsonView) -> Figure:
    """Parts of the variance between members, a column for each region that leads.

    Raises
    ------
    InputError
        If members drew nothing, or are too few to say what explains their spread.
    """
    from matplotlib.figure import Figure

    if not summary.get("uncertain"):
        raise InputError("variance: the members of this run drew nothing; give the config a table [uncertain]")
    shares = answer.shares_lead(summary)
    apart = summary["uncertain"]["share_of_home" if shares else "probability"]
    keys = [key for key in answer.leading(summary) if key in apart]
    if not keys:
        raise InputError("variance: too few members, boats or landings to say what explains the spread")
    lines = rows(apart, keys)
    height, width = HEAD_IN + FOOT_IN + ROW_IN * (len(lines) + 1), LABELS_IN + PANEL_IN * len(keys) + 0.3
    made = Figure(figsize=(width, height))
    for n, key in enumerate(keys):
        at = ((LABELS_IN + n * PANEL_IN) / width, FOOT_IN / height)
        axes = made.add_axes((*at, (PANEL_IN - 0.14) / width, ROW_IN * (len(lines) + 1) / height))
        _panel(axes, apart[key], lines)
        axes.set_title(f"{summary['regions'][key]['name']}\n{_spread(apart[key])}", fontsize=9, color=INK)
        if n == 0:
            axes.set_yticks(range(len(lines) + 1), [WEATHER, *lines], fontsize=8, color=INK)
    home = summary["regions"].get(answer.home(summary), {}).get("name", "")
    of = f"share of {home}’s landings" if shares else "chance of a boat"
    put: Json = {"color": INK, "va": "top"}
    made.text(
        0.12 / width, 1 - 0.14 / height, summary["title"] or "A run of driftsim", fontsize=11, weight="bold", **put
    )
    what = f"What explains how members differ: parts of the variance of the {of}, in %"
    made.text(0.12 / width, 1 - 0.4 / height, what, fontsize=9, **put)
    made.text(
        0.12 / width,
        0.1 / height,
        "First-order parts by linear regression over members; lines: one standard error. Below each\nname the "
        "standard deviation of the weather and of what was drawn, in points. "
        f"{summary['boats']:,} boats, "
        f"{summary['members']:,} members;\nthe priors are the config’s, and the parts hold for them alone.",
        fontsize=7.5,
        color=FAINT,
        va="bottom",
    )
    return made


def _spread(of: JsonView) -> str:
    return f"weather {100 * of['weather_sd']:.1f}, drawn {100 * of['assumptions_sd']:.1f}"


def _panel(axes: Axes, of: JsonView, lines: Sequence[str]) -> None:
    """Bars of one region: the weather first, then the assumptions."""
    values = [1.0 - of["explained"], *(of["first_order"][name] for name in lines)]
    errors = [0.0, *(of["first_order_error"][name] for name in lines)]
    for y, (value, error) in enumerate(zip(values, errors, strict=True)):
        told = 100.0 * max(value, 0.0)
        color = CHARTS.noise if y == 0 or value <= REACH * error else CHARTS.up
        axes.barh(y, told, height=0.7, color=color, linewidth=0)
        if error:
            axes.plot([max(told - 100 * error, 0.0), told + 100 * error], [y, y], color=INK, linewidth=0.7)
        axes.annotate(
            rounded(max(value, 0.0)),
            (told + 100 * error, y),
            (3, 0),
            textcoords="offset points",
            va="center",
            fontsize=6.5,
            color=INK,
        )
    axes.set_xlim(0.0, 118.0)
    axes.set_ylim(len(lines) + 0.5, -0.5)
    axes.set_yticks([])
    axes.tick_params(axis="x", labelsize=7, colors=FAINT, length=2)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=CHARTS.grid, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
