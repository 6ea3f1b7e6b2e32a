"""What must stand in the data sets of a run for its numbers to be shown: ranges, and that they fit together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..system.constants import SECONDS_PER_DAY
from ..system.door import AGAIN
from ..system.errors import InputError
from ..system.kinds import AnyArray, JsonView
from . import draws, statistics
from .outcome import Outcome
from .schema import MOST_MEMBERS

if TYPE_CHECKING:
    import xarray as xr

_LONGEST_S = 200.0 * 366.0 * SECONDS_PER_DAY
"""No run takes two centuries."""


class _Checked:
    """A data set under examination; `InputError` by its file, variable and what is wrong."""

    def __init__(self, dataset: xr.Dataset, file: Path) -> None:
        self.dataset, self.file = dataset, file

    def refuse(self, name: str, what: str) -> None:
        raise InputError(f"{self.file}: {name} {what}; {AGAIN}")

    def unless(self, good: ArrayLike, name: str, what: str) -> None:
        if not np.all(good):
            self.refuse(f"variable {name}", what)

    def values(self, name: str) -> AnyArray:
        return np.asarray(self.dataset[name].values)

    def axis(self, name: str, low: float, high: float) -> None:
        """Ascending numbers within limits, and the bounds around them where there are any."""
        values = self.values(name)
        self.unless(values.size and np.isfinite(values).all(), name, "has no values")
        self.unless((np.diff(values) > 0.0).all(), name, "does not ascend")
        self.unless((values >= low) & (values <= high), name, f"must lie within {low:g} and {high:g}")
        if f"{name}_bounds" in self.dataset:
            bounds = self.values(f"{name}_bounds")
            self.unless(bounds.shape == (values.size, 2), f"{name}_bounds", "are no intervals")
            inside = (bounds[:, 0] < bounds[:, 1]) & (bounds >= low).all(axis=1) & (bounds <= high).all(axis=1)
            self.unless(inside, f"{name}_bounds", "are no intervals")

    def codes(self, names: Iterable[str], none: Iterable[str] = ("stretch", "exit")) -> None:
        """Codes with their words: whole, counted from 0, -1 where a boat may have none."""
        for name in names:
            words = self.words(name)
            values, least = self.values(name), -1 if name in none else 0
            self.unless((values >= least) & (values < len(words)), name, f"must be {least} to {len(words) - 1}")

    def words(self, name: str) -> list[str]:
        attrs = self.dataset[name].attrs
        given = attrs.get("flag_values")
        words = str(attrs.get("flag_meanings", "")).split()
        numbers = [] if given is None or isinstance(given, str) else np.atleast_1d(given).tolist()
        if not words or sorted(numbers) not in (list(range(len(words))), list(range(-1, len(words) - 1))):
            self.refuse(f"variable {name}", "does not say what its codes mean (flag_values, flag_meanings)")
        return statistics.flag_names(self.dataset[name])

    def degrees(self, lon: str, lat: str, known: ArrayLike = True) -> None:
        """Places: there where they must be, and nowhere impossible."""
        for name, most in ((lon, 720.0), (lat, 90.0)):
            values = self.values(name)
            self.unless(np.isfinite(values) | ~np.asarray(known), name, "lacks values")
            self.unless(np.isnan(values) | (np.abs(values) <= most), name, f"must lie within ±{most:g}°")

    def seconds(self, name: str, known: ArrayLike = True) -> None:
        values = self.values(name)
        self.unless(np.isfinite(values) | ~np.asarray(known), name, "lacks values")
        self.unless(np.isnan(values) | (np.abs(values) <= _LONGEST_S), name, "lies centuries away")


def start_of(attrs: JsonView, file: Path) -> datetime:
    """The run's start as the attributes say it."""
    try:
        start = datetime.fromisoformat(str(attrs["run_start"]).removesuffix("Z")).replace(tzinfo=None)
        span = timedelta(seconds=_LONGEST_S)
        _ = start - span, start + span
    except (KeyError, ValueError, OverflowError) as problem:
        raise InputError(f"{file}: attribute run_start is no date of a run; {AGAIN}") from problem
    return start


def check_arrivals(arrivals: xr.Dataset, file: Path) -> xr.Dataset:
    """The arrivals again, if they are those of a run.

    Raises
    ------
    InputError
    """
    of, attrs = _Checked(arrivals, file), arrivals.attrs
    start_of(attrs, file)
    if not arrivals.sizes["boat"]:
        of.refuse("it", "has no boats")
    members = attrs.get("members")
    if not isinstance(members, int | np.integer) or not 1 <= members <= MOST_MEMBERS:
        of.refuse("attribute members", f"must be 1 to {MOST_MEMBERS}")
    if attrs.get("direction", "forward") not in ("forward", "backward"):
        of.refuse("attribute direction", "must be forward or backward")
    of.codes(("source", "boat_class", "outcome", "stretch", "exit"))
    outcome, member = of.values("outcome"), of.values("member")
    of.unless((outcome >= Outcome.ADRIFT) & (outcome <= Outcome.SUNK), "outcome", "must be 0 to 3")
    of.unless((member >= 0) & (member < members), "member", f"must be below the {members} members")
    landed, line = outcome == Outcome.LANDED, of.values("coast_line")
    of.unless(np.unique(of.values("boat")).size == outcome.size, "boat", "has a number twice")
    for name in ("release", "final"):
        of.degrees(f"{name}_lon", f"{name}_lat")
        of.seconds(f"{name}_time")
    of.degrees("landing_lon", "landing_lat", landed)
    of.seconds("landing_time", landed)
    for name in ("capsize_time", "sink_time"):
        of.seconds(name, False)
    of.unless((of.values("age_days") >= 0.0) | ~landed, "age_days", "must be 0 or more of every boat ashore")
    if "release_density" in arrivals:
        density = of.values("release_density")
        of.unless(np.isfinite(density) & (density >= 0.0), "release_density", "must be 0 or more")
    if draws.wrong(arrivals):
        of.refuse(f"variable {draws.NAME}", draws.wrong(arrivals))
    of.unless((line >= -1) & (line < 1000), "coast_line", "must be -1 or the number of a line")
    of.unless(np.isfinite(of.values("coast_km")) | (line < 0) | ~landed, "coast_km", "lacks values")
    return arrivals


def check_tracks(tracks: xr.Dataset, arrivals: xr.Dataset, file: Path) -> xr.Dataset:
    """The tracks again, if they are those of boats of these arrivals."""
    of = _Checked(tracks, file)
    of.codes(("source", "boat_class", "outcome", "stretch"))
    outcome, number = of.values("outcome"), of.values("trajectory")
    of.unless((outcome >= Outcome.ADRIFT) & (outcome <= Outcome.SUNK), "outcome", "must be 0 to 3")
    of.degrees("lon", "lat", False)
    of.seconds("time", False)
    there = [np.isfinite(of.values(name)) for name in ("lon", "lat", "time")]
    of.unless((there[0] == there[1]) & (there[1] == there[2]), "lon", "has values where lat or time has none")
    if number.size:
        of.unless(np.isfinite(of.values("time")).any(), "time", "has no values")
    known = arrivals["boat"].values
    order = np.argsort(known, kind="stable")
    rows = order[np.minimum(np.searchsorted(known, number, sorter=order), known.size - 1)]
    of.unless(known[rows] == number, "trajectory", "names boats that are not among the arrivals")
    for name in ("outcome", "stretch", "source", "boat_class", "member"):
        of.unless(of.values(name) == arrivals[name].values[rows], name, "is not that of the arrivals")
    return tracks


def check_density(density: xr.Dataset, arrivals: xr.Dataset, file: Path) -> xr.Dataset:
    """The density again, if it is one of classes of these arrivals."""
    of = _Checked(density, file)
    for name, low, high in (("lon", -720.0, 720.0), ("lat", -90.0, 90.0), ("time", -_LONGEST_S, _LONGEST_S)):
        of.axis(name, low, high)
    if of.words("boat_class") != statistics.flag_names(arrivals["boat_class"]):
        of.refuse("variable boat_class", "has other classes than the arrivals")
    of.unless(
        np.array_equal(of.values("boat_class"), np.arange(len(of.words("boat_class")))), "boat_class", "must count"
    )
    of.unless((of.values("boat_days") >= 0.0) & np.isfinite(of.values("boat_days")), "boat_days", "must be 0 or more")
    return density


def check_forcing(forcing: xr.Dataset, file: Path) -> xr.Dataset:
    """The mean forcing again, if it is one."""
    of = _Checked(forcing, file)
    for name, low, high in (("lon", -720.0, 720.0), ("lat", -90.0, 90.0), ("time", -_LONGEST_S, _LONGEST_S)):
        of.axis(name, low, high)
    for kind in ("current", "wind"):
        pair = [f"{kind}_{part}" in forcing for part in "uv"]
        if pair[0] != pair[1]:
            of.refuse(f"variable {kind}_{'uv'[pair.index(False)]}", "is missing")
        for name in (f"{kind}_u", f"{kind}_v") if all(pair) else ():
            of.unless(np.isnan(of.values(name)) | (np.abs(of.values(name)) <= 1000.0), name, "is no velocity")
    return forcing
