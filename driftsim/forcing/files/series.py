"""The levels of a field: steps of both components, of all members, in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...system.constants import SECONDS_PER_HOUR
from ...system.errors import InputError
from ...system.kinds import Slice
from ..catalogue import Product
from .component import Component
from .steps import Step, are_months, date, newest, refuse_untimed, timeline, usual_spacing

Period = tuple[float, float]
Pair = tuple[Step, Step]

_EVENLY = 0.1
"""How much the steps of an evenly spaced series may differ: those of months do by three days in 31."""


class Reading(NamedTuple):
    """How steps are to be taken: see the keys of the config."""

    steady: bool
    stamp: str
    interval_hours: float
    max_gap_hours: float


@dataclass
class Series:
    """The levels that a period needs.

    Attributes
    ----------
    levels : list
        For each level, for each group of members, the steps of the two components.
    times : ndarray
        Epoch seconds of each level.
    covers : tuple of float
        First and last moment for which they may be used.
    usual_s : float
        Usual time between steps; 0: unknown.
    twins : list of (Step, Step)
        Steps for one moment of which the first is taken; they must be equal.
    decisions : list of str
        What was decided among several possibilities.
    """

    levels: list[tuple[Pair, ...]]
    times: NDArray[np.float64]
    covers: tuple[float, float]
    usual_s: float = 0.0
    twins: list[tuple[Step, Step]] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)


class _Line(NamedTuple):
    """The steps of one component of some members, by milliseconds."""

    parts: list[Component]
    steps: dict[int, list[Step]]


def arrange(
    us: list[Component], vs: list[Component], product: Product, kind: str, period: Period, reading: Reading
) -> Series:
    """The levels that a period needs.

    Raises
    ------
    InputError
        If a component is missing, the steps do not cover the period, or a gap is too long.
    """
    for found, other, which in ((us, vs, "eastward"), (vs, us, "northward")):
        if not found:
            raise InputError(
                f"{kind}.files: {other[0].path} has {other[0].name}, but no file has the {which} component"
            )
    groups = _groups(us, vs, kind)
    if reading.steady:
        return _one_step(groups, period, kind)
    refuse_untimed([*us, *vs], kind)
    months = are_months([*us, *vs])
    usual = usual_spacing(us, product.step_hours * SECONDS_PER_HOUR, months)
    interval = reading.interval_hours * SECONDS_PER_HOUR or usual
    months = months and not reading.interval_hours
    lines = [
        _Line(parts, timeline(parts, product.stamp, reading.stamp, interval, months, kind))
        for group in groups
        for parts in group
    ]
    levels = _shared(lines, kind)
    _refuse_uncovered(lines, levels, period, kind)
    t = np.array([level[0][0].time for level in levels])
    i = max(int(np.searchsorted(t, min(period), side="right")) - 1, 0)
    j = min(int(np.searchsorted(t, max(period), side="left")), t.size - 1)
    limit = reading.max_gap_hours * SECONDS_PER_HOUR or 2.0 * max(usual, reading.interval_hours * SECONDS_PER_HOUR)
    _refuse_gap(t, slice(i, j + 1), limit, lines, product, kind)
    levels, t = levels[i : j + 1], t[i : j + 1]
    series = Series(levels, t, (levels[0][0][0].low, levels[-1][0][0].high), usual)
    _note(series, lines, groups, months and reading.stamp in ("auto", "start", "end"), kind)
    return series


def _groups(us: list[Component], vs: list[Component], kind: str) -> list[tuple[list[Component], list[Component]]]:
    """Parts by the members that they hold: files of one ensemble, each with some of its members.

    One member, or files that do not number theirs, are one group.
    """
    labels = sorted({part.labels for part in (*us, *vs) if part.labels is not None})
    if len(labels) <= 1:
        return [(us, vs)]
    for part in (*us, *vs):
        if part.labels is None:
            raise InputError(
                f"{part.path}: variable {part.name} does not say which member it is, where other files of "
                f"{kind}.files do: give it a scalar variable with the standard name realization, or leave the file out"
            )
    numbers = [number for label in labels for number in label]
    if len(set(numbers)) < len(numbers):
        raise InputError(
            f"{kind}.files: {_first(us, labels[0])} and {_first(us, labels[1])} hold some of the same members "
            f"({_some(labels[0])} and {_some(labels[1])}): give files that hold the same members, or different ones"
        )
    return [([u for u in us if u.labels == label], [v for v in vs if v.labels == label]) for label in labels]


def _first(parts: list[Component], label: tuple[int, ...]) -> str:
    return next((part.path for part in parts if part.labels == label), "a file")


def _some(numbers: Sequence[int]) -> str:
    shown = [str(number) for number in numbers]
    return ", ".join(shown if len(shown) <= 4 else [*shown[:2], "...", shown[-1]])


def _one_step(groups: list[tuple[list[Component], list[Component]]], period: Period, kind: str) -> Series:
    us = groups[0][0]
    most = max(sum(part.steps for part in parts) for group in groups for parts in group)
    if most != 1:
        raise InputError(
            f"{kind}.steady = true needs one time level, {_told(us)} holds {most}: "
            "extract one (for example `cdo seltimestep,1`), or set steady = false"
        )
    stamps = us[0].stamps
    time = float(min(period)) if stamps is None else float(stamps[0])
    level = tuple((Step(u[0], 0, time, -np.inf, np.inf), Step(v[0], 0, time, -np.inf, np.inf)) for u, v in groups)
    return Series([level], np.array([time]), (-np.inf, np.inf))


def _shared(lines: list[_Line], kind: str) -> list[tuple[Pair, ...]]:
    """The levels that every line has; of several steps for one time that of the newest forecast, else the last."""
    keys = sorted(set.intersection(*(set(line.steps) for line in lines)))
    if not keys:
        first = lines[0].parts[0]
        apart = (line.parts[0] for line in lines[1:] if not line.steps.keys() & lines[0].steps.keys())
        other = next(apart, lines[-1].parts[0])
        raise InputError(
            f"{kind}.files: {first.path} ({first.name}) and {other.path} ({other.name}) share no time step"
        )
    chosen = [[newest(line.steps[key])[-1] for line in lines] for key in keys]
    return [tuple(zip(row[::2], row[1::2], strict=True)) for row in chosen]


def _refuse_uncovered(lines: list[_Line], levels: list[tuple[Pair, ...]], period: Period, kind: str) -> None:
    begin, end = min(period), max(period)
    low, high = levels[0][0][0].low, levels[-1][0][0].high
    if begin >= low - 1.0 and end <= high + 1.0:
        return
    raise InputError(
        f"{kind}.files ({_told(lines[0].parts)}) cover {date(low)} to {date(high)} ({len(levels)} steps); the run "
        f"needs {date(begin)} to {date(end)}: add files, change run.start and run.end, "
        f"or set {kind}.steady = true for a single field"
    )


def _refuse_gap(
    t: NDArray[np.float64], used: Slice, limit: float, lines: list[_Line], product: Product, kind: str
) -> None:
    gaps = np.diff(t[used])
    if limit <= 0.0 or not gaps.size or gaps.max() <= limit * (1.0 + 1e-9):
        return
    k = int(gaps.argmax())
    begin, end, hours = t[used][k], t[used][k + 1], gaps[k] / SECONDS_PER_HOUR
    inside = [any(begin < key / 1e3 < end for key in line.steps) for line in lines]
    where = lines[inside.index(False) if False in inside else 0].parts
    without = next((part for part in where if part.stamps is not None and (part.stamps <= begin + 1.0).any()), where[0])
    told = (
        f"{kind}.files ({without.path}): {f'{without.name} has ' if True in inside else ''}no step between "
        f"{date(begin)} and {date(end)} ({hours:g} h; the limit is {limit / SECONDS_PER_HOUR:g} h)"
    )
    if True in inside:
        other = lines[inside.index(True)].parts[0]
        raise InputError(
            f"{told}, where {other.name} ({_told(lines[inside.index(True)].parts)}) has some: give both at the same "
            f"times, or allow it with {kind}.max_gap_hours = {np.ceil(hours):g}"
        )
    every = np.diff(t)
    if every.size > 1 and np.ptp(every) <= _EVENLY * every.max():
        usual = f", where {product.title} has one every {product.step_hours:g} h" if product.step_hours else ""
        raise InputError(
            f"{told}. All its steps are {hours:g} h apart{usual}: if they are means over that time, say so with "
            f'{kind}.interval_hours = {hours:g}, and {kind}.stamp = "start", "middle" or "end" for where in it the '
            "stamps stand; else add the files between them"
        )
    raise InputError(f"{told}: add the missing files, or allow it with {kind}.max_gap_hours = {np.ceil(hours):g}")


def _note(
    series: Series, lines: list[_Line], groups: list[tuple[list[Component], list[Component]]], months: bool, kind: str
) -> None:
    """What was decided, and which steps must be equal for it to hold."""
    older = 0
    for level in series.levels:
        for step, line in zip((step for pair in level for step in pair), lines, strict=True):
            there = line.steps[round(step.time * 1e3)]
            same = newest(there)
            older += len(there) > len(same)
            series.twins += [(step, other) for other in same[:-1]]
    bounds = any(part.bounds is not None for line in lines for part in line.parts)
    if months and not bounds:
        series.decisions.append(
            "stamps on the first of each month, taken for means of calendar months, which stand at their middle"
        )
    if len(groups) > 1:
        members = [number for us, _ in groups for number in us[0].labels or ()]
        series.decisions.append(f"members {_some(members)} of {len(groups)} groups of files, by their numbers")
    first, last = (round(t * 1e3) for t in series.times[[0, -1]])
    shared = set.intersection(*(set(line.steps) for line in lines))
    for line in lines:
        alone = sum(first < key < last for key in line.steps.keys() - shared)
        if alone:
            series.decisions.append(f"{alone} steps of {line.parts[0].name} that others lack are not used")
    if older:
        series.decisions.append("of several forecasts for one moment that of the newest cycle")
    if series.twins:
        moments = len({one.time for one, _ in series.twins})
        series.decisions.append(
            f"{moments} step{'s' * (moments > 1)} come{'s' * (moments == 1)} twice, with equal values"
        )


def _told(parts: Sequence[Component]) -> str:
    more = f" and {len(parts) - 1} more" if len(parts) > 1 else ""
    return f"{parts[0].path}{more}"
