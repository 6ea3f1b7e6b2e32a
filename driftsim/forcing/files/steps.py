"""Steps of a component: what their stamps mean, and which interval each stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...constants import SECONDS_PER_DAY
from ...errors import InputError
from .component import Component

STAMPS = ("auto", "middle", "start", "end", "instant")

_THINNED = 8.0  # HYCOM at one step a day; twice that, the gap allowed, stays short of its 51 h outages


@dataclass(frozen=True)
class Step:
    """One time step of one component: its place in the files and its interval, epoch seconds."""

    part: Component
    index: int
    time: float
    low: float
    high: float


def length(part: Component) -> int:
    return 1 if part.stamps is None else int(part.stamps.size)


def usual_spacing(parts: list[Component], nominal: float, kind: str) -> float:
    """The median time between steps, seconds; 0 if unknown.

    Where the product's own spacing is known, a thinned record is believed up to `_THINNED` times of it, and two steps
    alone not at all: they may be the ends of a gap.
    """
    untimed = next((part for part in parts if part.stamps is None), None)
    if untimed is not None:
        raise InputError(
            f"{untimed.path}: variable {untimed.name} has no time coordinate; give files with one, "
            f"or set {kind}.steady = true to use it at all times"
        )
    stamps = np.unique(np.concatenate([part.stamps for part in parts if part.stamps is not None]))
    if stamps.size == 1:
        return nominal
    median = float(np.median(np.diff(stamps)))
    if nominal == 0.0:
        return median
    return min(median, nominal if stamps.size == 2 else _THINNED * nominal)


def timeline(parts: list[Component], product_rule: str, stamp: str, interval: float, kind: str) -> dict[int, Step]:
    """Every step by its time in milliseconds; a later part overrides an earlier one."""
    steps: dict[int, Step] = {}
    for part in parts:
        assert part.stamps is not None
        rule = product_rule if stamp == "auto" else stamp
        if stamp == "auto" and rule in ("cell_methods", "instant"):
            rule = "middle" if part.mean else "instant"
        if rule != "instant" and interval <= 0.0 and part.bounds is None:
            raise InputError(
                f"{part.path}: variable {part.name} is a mean over an unknown time; set {kind}.interval_hours"
            )
        if rule != "instant" and stamp == "auto" and part.bounds is not None:
            edges = part.bounds
        else:
            edges = np.array([_interval(rule, float(t), interval) for t in part.stamps])
        for index, (low, high) in enumerate(edges):
            time = 0.5 * float(low + high)
            steps[round(time * 1e3)] = Step(part, index, time, float(low), float(high))
    return steps


def _interval(rule: str, t: float, length: float) -> tuple[float, float]:
    """The interval that a step stands for, epoch seconds; a moment has none."""
    days = length / SECONDS_PER_DAY
    if rule == "day":
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
