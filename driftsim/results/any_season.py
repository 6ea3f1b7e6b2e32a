"""The table of a run whose members draw what nobody knows: any season first, then of it the weather alone."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ..system.kinds import JsonView
from ..system.percent import percent, rounded, span
from . import answer, statistics
from .caveats import known_by

WIDTH = 80
NAME = 19
MOST_NAMED = 3
"""Assumptions of a region that a line names."""

LEAST = 0.02
"""Of the variance: what explains less is not named."""


def leading(summary: JsonView, title: str) -> str:
    """The regions that lead, at most 80 columns wide; ``title`` is of shares, where these lead."""
    regions = statistics.select(summary, answer.leading(summary))
    rows = list(regions.values())
    first = answer.shares_lead(summary)
    prefix, name = ("share_", "share_of_home") if first else ("", "probability")
    columns = [("mean", 8, [_unit(of[name]) for of in rows])]
    columns.append((f"any {answer.season_word(summary)}", 13, [_ends(of, prefix, "all") for of in rows]))
    if not answer.one_weather(summary):
        alone = "current’s error" if answer.errs_alone(summary) else "weather alone"
        columns.append((alone, 17 if answer.errs_alone(summary) else 15, [_ends(of, prefix, "season") for of in rows]))
    columns.append(("± error", 10, [_half(of, prefix) for of in rows]))
    group = sum(width for _, width, _ in columns)
    others = [("of a boat", 11, "chance", [_unit(of["probability"]) for of in rows])]
    if not first:
        others = [("landings", 11, "share of", [_unit(of["share_of_home"]) for of in rows])]
        others = others if any(of["share_of_home"] is not None for of in rows) else []
    others.append(("adrift", 8, "days", [_days(of) for of in rows]))
    label = min(NAME, max(len(of["name"]) for of in rows), WIDTH - group - sum(width for _, width, *_ in others))
    heads = f"{'':<{label}}{(title if first else 'chance of a boat'):^{group}}"
    lines = [heads + "".join(f"{head:>{width}}" for _, width, head, _ in others)]
    cells = [*((head, width, of) for head, width, of in columns), *((head, width, of) for head, width, _, of in others)]
    lines.append(" " * label + "".join(f"{head:>{width}}" for head, width, _ in cells))
    for i, of in enumerate(rows):
        lines.append(
            f"{textwrap.shorten(of['name'], label, placeholder='…'):<{label}}"
            + "".join(f"{values[i]:>{width}}" for _, width, values in cells)
        )
    return "\n".join([*(line.rstrip() for line in lines), *_legend(summary), *_fit(summary, list(regions))])


def _unit(value: float | None) -> str:
    return "–" if value is None else f"{rounded(value)} %"


def _ends(of: JsonView, prefix: str, kind: str) -> str:
    return span(of.get(f"{prefix}{kind}_low"), of.get(f"{prefix}{kind}_high"))


def _half(of: JsonView, prefix: str) -> str:
    low, high = of[f"{prefix}mean_low"], of[f"{prefix}mean_high"]
    return "–" if low is None or high is None else f"± {percent(0.5 * (high - low))}"


def _days(of: JsonView) -> str:
    return "–" if of["days_p10"] is None else f"{of['days_p10']:.0f}–{of['days_p90']:.0f}"


def _legend(summary: JsonView) -> list[str]:
    """What the two ranges hold."""
    word, known = answer.season_word(summary), known_by(answer.drawn(summary))
    lines = [f"any {word}: 9 {word}s in 10, with all that [uncertain] leaves open"]
    if answer.one_weather(summary):
        lines.append("the weather is one series: members differ by what they drew alone")
    elif answer.errs_alone(summary):
        lines.append(f"current’s error: the same if {known} were known, and the currents to that error alone")
    else:
        lines.append(f"weather alone: the same if {known} were known")
    lines.append("± error: of the mean, in points, 9 times in 10; more members make it smaller")
    return [line for text in lines for line in textwrap.wrap(text, WIDTH, subsequent_indent="  ")]


def _fit(summary: JsonView, keys: Sequence[str]) -> list[str]:
    """How much of the spread of members the draws explain, and which of them most."""
    parts = summary["uncertain"]["share_of_home" if answer.shares_lead(summary) else "probability"]
    lines = []
    for key in keys:
        of = parts.get(key)
        if of is None:
            continue
        most = sorted(of["first_order"].items(), key=lambda one: -one[1])[:MOST_NAMED]
        named = ", ".join(f"{name} {rounded(value)} %" for name, value in most if value >= LEAST)
        what = f"{summary['regions'][key]['name']} {rounded(of['explained'])} %"
        lines.append(what + f" ({named})" * bool(named))
    if not lines:
        return []
    text = f"Of the variance between members what they drew explains: {'; '.join(lines)}."
    return ["", *textwrap.wrap(text, WIDTH, break_on_hyphens=False)]
