"""OpenDrift's stored Leeway run: 100 boats of class 50 in 10 m/s to the north, no current, for up to 24 hours.

What is compared is the displacement of a day along and across the wind: mean and spread over its 100 boats against
100 000 of ours that are released from the same places in the same hours. A boat that its run strands on the coast of
Norway (12 of them, from the 18th hour on) is looked at an hour earlier, and so are ours that stand for it; rates are
brought to a day.

Where we differ, and why it does not show here:

* Handedness. Its crosswind component has the other sign: a positive (right-hand) slope takes a boat to the left of
  downwind. In its file the boats of orientation 0 go west, those of orientation 1 east. With us the right-hand pair
  goes to the east in a wind to the north. Class 50 is the same on both sides, so the whole cloud cannot tell.
* Jibing. Its jibe changes the sign of the slope and leaves offset and perturbation as they are; ours changes over to
  the class's other pair, whose perturbation is the mirror image, so a hull stays as far from the mean as it was. This
  concerns the 0.094 m/s of spread, not the 0.276 m/s of the mean: 3 % of a day's spread across, where a hundred
  boats give it to 7 %.
* Its steps are Euler's, along geodesics; in an even wind that is worth millimetres.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from analytic import boats, go, uniform

from driftsim.area.earth import degrees_per_metre
from driftsim.drift import leeway
from driftsim.kernels import drive

OURS = 100_000
STRANDED = 41  # status in the file


class Cloud(NamedTuple):
    """Displacement of a day, m."""

    along: np.ndarray
    across: np.ndarray  # positive to the right of downwind: east


@cache
def stored(shared: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Positions (hour, boat, lon-lat), orientation, hour of release, last hour at sea."""
    text = (shared / "data/reference/test_leewayrun_export_ascii.txt").read_text()
    place, side, status = (np.full((25, 100, *more), np.nan) for more in ((2,), (), ()))
    for hour, block in enumerate(text.split("# Date [UTC]:")[1:]):
        for line in block.split("orientation\n")[1].split("\n"):
            if line.strip():
                number, lon, lat, state, _, orientation = (float(word) for word in line.split())
                boat = int(number) - 1
                place[hour, boat], side[hour, boat], status[hour, boat] = (lon, lat), orientation, state
    there = np.isfinite(status)
    assert there[-1].all()
    ashore = status == STRANDED
    last = np.where(ashore.any(axis=0), ashore.argmax(axis=0) - 1, 24)
    return place, side, there.argmax(axis=0), last


def cloud(start: np.ndarray, end: np.ndarray, hours: np.ndarray) -> Cloud:
    east, north = degrees_per_metre("wgs84", 0.5 * (start[:, 1] + end[:, 1]))
    days = hours / 24.0
    return Cloud((end[:, 1] - start[:, 1]) / north / days, (end[:, 0] - start[:, 0]) / east / days)


def theirs(shared: Path) -> Cloud:
    place, _, first, last = stored(shared)
    i = np.arange(100)
    return cloud(place[first, i], place[last, i], last - first)


@cache
def ours(shared: Path, jibe: float = 0.04) -> Cloud:
    place, _, first, last = stored(shared)
    pattern, number = np.arange(OURS) % 100, np.arange(OURS)
    begin = place[first, np.arange(100)][pattern]
    row = np.array([leeway.find(50).row], np.float32)
    classes = leeway.Coefficients(("FISHING-VESSEL-1",), np.ones(1), row, -1)
    hulls = leeway.draw_hulls(17, number, np.zeros(OURS, np.int16), classes)
    a = boats(
        begin[:, 0], begin[:, 1], precision="single", seed=17, wind=uniform("wind", 0.0, 10.0, (0.0, 10.0, 55.0, 65.0)),
        physics={"draws": True, "jibe": jibe},
    )  # fmt: skip
    for column, name in enumerate(drive.HULL):
        a.state[name][:-1] = hulls.coefficients[:, column]
    a.state["side"][:-1], a.state["release"][:-1] = hulls.orientation, first[pattern]
    end = begin.copy()
    for hour in range(24):
        state = go(a, 1, first=hour)
        now = last[pattern] == hour + 1
        end[now, 0], end[now, 1] = state["lon"][now], state["lat"][now]
    return cloud(begin, end, (last - first)[pattern])


@pytest.mark.parametrize("part", ["along", "across"])
def test_mean_and_spread_of_a_day(part: str, shared: Path) -> None:
    """Within three standard errors of its 100 boats (ours add next to nothing)."""
    a, b = getattr(theirs(shared), part), getattr(ours(shared), part)
    spread = b.std(ddof=1)
    assert abs(a.mean() - b.mean()) < 3.0 * spread / math.sqrt(len(a))
    assert abs(a.std(ddof=1) - spread) < 3.0 * spread / math.sqrt(2.0 * (len(a) - 1))


def test_the_spread_tells_whether_boats_jibe(shared: Path) -> None:
    """Ours without jibing is further off than that."""
    a, b = theirs(shared).across, ours(shared, 0.0).across
    assert abs(a.std(ddof=1) - b.std(ddof=1)) > 3.0 * b.std(ddof=1) / math.sqrt(2.0 * (len(a) - 1))


def test_which_side_is_which(shared: Path) -> None:
    """In the file orientation 0 goes west; ours of the right-hand pair goes east."""
    place, side, _, last = stored(shared)
    moved = np.diff(place[..., 0], axis=0)
    sea = np.isfinite(moved) & (np.arange(1, 25)[:, None] <= last)
    assert moved[sea & (side[:-1] == 0.0)].mean() < -0.01
    assert moved[sea & (side[:-1] == 1.0)].mean() > 0.01
    hull = leeway.find(50)
    pairs = [*hull.down[:2], *hull.right[:2], *hull.left[:2]]
    a = boats([4.5, 4.5], [60.0, 60.0], wind=uniform("wind", 0.0, 10.0, (0.0, 10.0, 55.0, 65.0)))
    for name, value in zip(drive.HULL, pairs, strict=True):
        a.state[name] = value
    a.state["side"][:-1] = [1, -1]
    end = go(a, 1)
    assert end["lon"][0] > 4.5 > end["lon"][1]


def test_they_jibe_as_often_as_told(shared: Path) -> None:
    """4 % an hour, which is what ours were given: three standard errors."""
    _, side, first, last = stored(shared)
    hour = np.arange(1, 25)[:, None]
    at_sea = (hour > first) & (hour <= last)
    jibes = (np.diff(side, axis=0) != 0.0)[at_sea]
    assert abs(jibes.mean() - 0.04) < 3.0 * math.sqrt(0.04 * 0.96 / jibes.size)
