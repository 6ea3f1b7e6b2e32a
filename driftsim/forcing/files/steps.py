"""Steps of a component: what their stamps mean, and which interval each stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...system.constants import SECONDS_PER_DAY
from ...system.errors import InputError
from .component import Component

STAMPS = ("auto", "middle", "start", "end", "instant")

MONTH_S = 31.0 * SECONDS_PER_DAY

_SHORTEST_MONTH_S = 28.0 * SECONDS_PER_DAY
_THINNED = 8.0  # HYCOM at one step a day; twice that, the gap allowed, stays short of its 51 h outages


@dataclass(frozen=True)
class Step:
    """One time step of one component: its place in the files and its interval, epoch seconds."""

    part: Component
    index: int
    time: float
    low: float
    high: float

    @property
    def cycle(self) -> float:
        """When the forecast began that it belongs to; NaN where the file does not say."""
        return float("nan") if self.part.cycles is None else float(self.part.cycles[self.index])


def stamps_of(parts: Sequence[Component]) -> NDArray[np.float64]:
    """All stamps of some parts, ascending, each once."""
    return np.unique(np.concatenate([part.stamps for part in parts if part.stamps is not None]))


def refuse_untimed(parts: Sequence[Component], kind: str) -> None:
    """See that every part has a time."""
    untimed = next((part for part in parts if part.stamps is None), None)
    if untimed is not None:
        raise InputError(
            f"{untimed.path}: variable {untimed.name} has no time coordinate; give files with one, "
            f"or set {kind}.steady = true to use it at all times"
        )


def usual_spacing(parts: Sequence[Component], nominal: float, months: bool) -> float:
    """The median time between steps, seconds; 0 if unknown.

    Where the product's own spacing is known, a thinned record is believed up to `_THINNED` times of it, and two steps
    alone not at all: they may be the ends of a gap. ``months``: as `are_months` says.
    """
    if months:
        return MONTH_S
    stamps = stamps_of(parts)
    if stamps.size == 1:
        return nominal
    steps = np.diff(stamps)
    if steps.size > 1 and steps.min() >= _SHORTEST_MONTH_S and steps.max() <= MONTH_S:
        return MONTH_S
    median = float(np.median(steps))
    if nominal == 0.0:
        return median
    return min(median, nominal if stamps.size == 2 else _THINNED * nominal)


def are_months(parts: Sequence[Component]) -> bool:
    """Whether stamps look like those of calendar months: all on the first at 00:00, 28 to 31 days apart.

    A longer time between two of them is a month that is missing. What the file calls a moment is none.
    """
    timed = [part for part in parts if part.stamps is not None]
    if not timed or any(part.moment for part in timed):
        return False
    stamps = stamps_of(timed)
    months = stamps.astype("datetime64[s]").astype("datetime64[M]").astype("datetime64[s]").astype(np.float64)
    return (
        stamps.size > 1
        and bool((months == stamps).all())
        and bool(_SHORTEST_MONTH_S <= np.diff(stamps).min() <= MONTH_S)
    )


def timeline(
    parts: Sequence[Component], product_rule: str, stamp: str, interval: float, months: bool, kind: str
) -> dict[int, list[Step]]:
    """Every step by its time in milliseconds, and all that there are for one time, as the parts follow one another."""
    steps: dict[int, list[Step]] = {}
    for part in parts:
        assert part.stamps is not None
        rule = product_rule if stamp == "auto" else stamp
        if stamp == "auto" and rule in ("cell_methods", "instant"):
            rule = "middle" if part.mean else "instant"
        if stamp == "auto" and part.bounds is not None and (months or rule != "instant"):
            edges = part.bounds
        elif months and stamp in ("auto", "start", "end"):
            edges = np.array([_month(float(t), stamp) for t in part.stamps])
        elif rule != "instant" and interval <= 0.0:
            raise InputError(
                f"{part.path}: variable {part.name} is a mean over an unknown time; set {kind}.interval_hours"
            )
        else:
            edges = np.array([_interval(rule, float(t), interval) for t in part.stamps])
        for index, (low, high) in enumerate(edges):
            time = 0.5 * float(low + high)
            steps.setdefault(round(time * 1e3), []).append(Step(part, index, time, float(low), float(high)))
    return steps


def newest(steps: Sequence[Step]) -> list[Step]:
    """Of several steps for one time those of the newest forecast; all of them, where the files do not say."""
    if len(steps) == 1:
        return list(steps)
    cycles = np.array([step.cycle for step in steps])
    if np.isnan(cycles).any():
        return list(steps)
    return [step for step, cycle in zip(steps, cycles, strict=True) if cycle == cycles.max()]


def _month(t: float, stamp: str) -> tuple[float, float]:
    """Begin and end of the calendar month that begins, or ends, at a stamp."""
    month = np.datetime64(round(t), "s").astype("datetime64[M]")
    first = month - np.timedelta64(1, "M") if stamp == "end" else month
    begin, end = (float((first + np.timedelta64(k, "M")).astype("datetime64[s]").astype(np.int64)) for k in (0, 1))
    return begin, end


def _interval(rule: str, t: float, length: float) -> tuple[float, float]:
    """The interval that a step stands for, epoch seconds; a moment has none."""
    days = length / SECONDS_PER_DAY
    if rule == "day" and length < _SHORTEST_MONTH_S:
        if days < 1.0 - 1e-6:
            return t, t
        whole = round(days)
        if abs(days - whole) < 1e-6 and whole % 2 == 1:
            # Some versions stamp the middle day at 00:00, some at 12:00: the day is what they agree on.
            low = np.floor(t / SECONDS_PER_DAY) * SECONDS_PER_DAY - (whole - 1) / 2 * SECONDS_PER_DAY
            return float(low), float(low) + length
    before = {"instant": 0.0, "start": 0.0, "end": length}.get(rule, 0.5 * length)
    return t - before, t - before + (0.0 if rule == "instant" else length)


def date(t: float) -> str:
    """Epoch seconds as a date for people."""
    text = str(np.datetime64(round(float(t)), "s")).replace("T", " ")
    return text.removesuffix(":00") + " UTC"
