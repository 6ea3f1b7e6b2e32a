"""Which: the dated finds, one by one, against where a run has its landings of that prefecture and time.

A find is scored given its prefecture, because the press reports some prefectures more than others: a score over all
of them would reward a forecast for following the press. What happens between prefectures is scored on totals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..area.area import Area, default
from ..system.constants import SPHERE_RADIUS_M
from ..system.kinds import Json
from . import scores
from .bins import found
from .landings import Landings, day_number
from .records import Event, Records, prefecture

if TYPE_CHECKING:
    from ..area.coast import Coast, Line

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOWARDS = 0.25
"""How far the mean that finds deviate from is moved to that of their prefecture: 0 is too wide, 1 too narrow."""

CELL_KM = 10.0
"""Length of coast line of a cell; where a place is known to no better than half of that, as many cells as it takes."""

WINDOW_DAYS = (-10, 1)
"""Days from the find within which the boat landed: found late as a rule, dated early by a day at most."""

PIECE_KM = 1.0
"""Landings along a line are rounded to this for the distances of the continuous ranked probability score."""

_LINE = 1_000_000
"""Cells of a line are numbered from its index times this."""


@dataclass(frozen=True)
class Target:
    """A find as something to be predicted.

    Attributes
    ----------
    event
    group : str
        Prefecture, which is given.
    cell_km : float
        Length of the cells among which it is looked for.
    first, last : date
        Days within which it landed, which are given.
    line, km
        Generalised coast line, and the place along it; -1 and NaN: not placed.
    """

    event: Event
    group: str
    cell_km: float
    first: date
    last: date
    line: int = -1
    km: float = float("nan")


def targets(records: Records, *, dated: bool, fragments: bool = True) -> list[Target]:
    """Finds that can be scored: boats ashore of high confidence in the season, adrift and not steered.

    Parameters
    ----------
    records
    dated
        Whether the run knows days; else the landings of the find's calendar month are looked at.
    fragments
        Take parts of hulls too.
    """
    first, last = season(records)
    out = []
    for event in records.events:
        if event.kind != "boat_ashore" or event.confidence != "high" or event.steered == "yes":
            continue
        if event.region == "offshore" or not first <= event.date <= last or (event.fragment == "yes" and not fragments):
            continue
        spare = timedelta(days=float(np.ceil(event.date_precision_days)))
        begin = event.date + timedelta(days=WINDOW_DAYS[0]) - spare
        end = event.date + timedelta(days=WINDOW_DAYS[1]) + spare
        if not dated:
            begin = event.date.replace(day=1)
            end = (begin + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        cell = CELL_KM * max(1.0, float(np.ceil(2.0 * event.precision_km / CELL_KM)))
        out.append(Target(event, prefecture(event.region, records.sea), cell, begin, end))
    return out


def placed(of: Sequence[Target], lines: Coast, sea: Area | None = None) -> list[Target]:
    """The targets with their places along the generalised lines of the coast."""
    if not of:
        return []
    sea = default() if sea is None else sea
    stretch = np.array([sea.codes[min(sea.regions[target.event.region].stretches)] for target in of], np.int64)
    lon, lat = (np.array([getattr(target.event, axis) for target in of]) for axis in ("lon", "lat"))
    line, km = lines.project(lon, lat, stretch)
    return [replace(target, line=int(a), km=float(b)) for target, a, b in zip(of, line, km, strict=True)]


def season(records: Records) -> tuple[date, date]:
    """First and last day of the season: of the table of that name, else of the boats."""
    rows = records.table("season")
    if rows:
        return rows[0].first, rows[0].last
    days = [event.date for event in records.boats] or [row.first for row in records.totals]
    return min(days), max([event.date for event in records.boats] or [row.last for row in records.totals])


def distance_km(lon: Floats | float, lat: Floats | float, lons: Floats, lats: Floats) -> Floats:
    """Distances on the sphere from a point, good to 0.3 % over some hundred km."""
    east = ((lons - lon + 180.0) % 360.0 - 180.0) * np.cos(np.radians(0.5 * (lats + lat)))
    found: Floats = 1e-3 * SPHERE_RADIUS_M * np.radians(1.0) * np.hypot(east, lats - lat)
    return found


# --- a forecast, given prefecture and time --------------------------------------------------------------------------


class Stratum(NamedTuple):
    """What is given of a find: its prefecture, the days, and how finely its place is known."""

    group: str
    first: date
    last: date
    cell_km: float

    @classmethod
    def of(cls, target: Target) -> Stratum:
        """That of a target."""
        return cls(target.group, target.first, target.last, target.cell_km)


@dataclass(frozen=True)
class Cells:
    """A forecast of the place of a find within its prefecture.

    Attributes
    ----------
    keys : (cell,) int
        Ascending; see `_cells`.
    uniform : (cell,)
        Shares of the prefecture's length of coast.
    counts : (member, cell)
        Landings; none of a forecast that is the uniform one.
    """

    keys: Ints
    uniform: Floats
    counts: Floats

    def density(self, counts: Floats | None = None) -> Floats:
        """Probability of each cell: that of the landings, with one landing a cell more, spread by length.

        So a cell without landings is not impossible, and few landings say little.
        """
        k = self.counts.sum(axis=0) if counts is None else counts
        found: Floats = (k + self.keys.size * self.uniform) / (k.sum(axis=-1, keepdims=True) + self.keys.size)
        return found

    @cached_property
    def log_density(self) -> Floats:
        """Its logarithm."""
        return np.log(self.density())

    @property
    def unseen(self) -> Floats:
        """The density that the landings of all other members give, (member, cell)."""
        return self.density(self.counts.sum(axis=0) - self.counts)


def _cells(line: Ints, km: Floats, width: float) -> Ints:
    return line * _LINE + np.floor(km / width).astype(np.int64)


class Forecast:
    """A forecast by strata; what was counted once is kept.

    Parameters
    ----------
    landings
        Of a run, or the uniform forecast itself.
    coast
        The uniform forecast, which says where the coast is.
    """

    def __init__(self, landings: Landings, coast: Landings) -> None:
        self.name = landings.name
        self._landings, self.sea = landings, landings.sea
        self.shore = self if landings is coast else Forecast(coast, coast)
        self._inside: dict[tuple[str, date, date], Landings] = {}
        self._found: dict[Stratum, Cells] = {}
        self._along: dict[tuple[str, date, date, int], tuple[Floats, Floats]] = {}

    @property
    def is_uniform(self) -> bool:
        """Whether it is the uniform forecast itself."""
        return self.shore is self

    def inside(self, group: str, first: date, last: date) -> Landings:
        """Landings of a prefecture in some days."""
        key = group, first, last
        if key not in self._inside:
            within = self._landings.between(first, last)
            codes = [self.sea.codes[k] for k in self.sea.regions[group].stretches]
            self._inside[key] = within.take(np.isin(within.stretch, codes))
        return self._inside[key]

    def cells(self, of: Stratum) -> Cells:
        """The forecast of one stratum."""
        if of not in self._found:
            shore = self.shore.inside(of.group, of.first, of.last)
            keys, where = np.unique(_cells(shore.line, shore.km, of.cell_km), return_inverse=True)
            uniform = np.bincount(where, shore.weights) / shore.weights.sum()
            members = self._landings.members
            counts = np.zeros((members, keys.size))
            if not self.is_uniform:
                here = self.inside(of.group, of.first, of.last)
                cell = _nearest(keys, _cells(here.line, np.nan_to_num(here.km), of.cell_km))
                code = (here.member * keys.size + cell)[cell >= 0]
                weight = _as_landings(here.weights)[cell >= 0]
                counts += np.bincount(code, weight, members * keys.size).reshape(members, -1)
            self._found[of] = Cells(keys, uniform, counts)
        return self._found[of]

    def log_density(self, of: Sequence[Target]) -> Floats:
        """Log of the probability of the cell of each target; NaN for a place off every line of its prefecture."""
        out = np.full(len(of), np.nan)
        strata: dict[Stratum, list[int]] = {}
        for index, target in enumerate(of):
            strata.setdefault(Stratum.of(target), []).append(index)
        for stratum, rows in strata.items():
            cells = self.cells(stratum)
            line, km = np.array([(of[row].line, of[row].km) for row in rows]).T
            cell = _nearest(cells.keys, _cells(line.astype(np.int64), km, stratum.cell_km))
            out[rows] = np.where(cell >= 0, np.append(cells.log_density, np.nan)[cell], np.nan)
        return out

    def along(self, of: Target) -> tuple[Floats, Floats]:
        """Places and weights along the line of a target, within what is given, as `Cells.density` has them."""
        key = (of.group, of.first, of.last, of.line)
        if key not in self._along:
            shore = self.shore.inside(of.group, of.first, of.last)
            shore = shore.take(shore.line == of.line)
            km, weight = shore.km, shore.weights * np.unique(_cells(shore.line, shore.km, CELL_KM)).size
            weight = weight / shore.weights.sum()
            if not self.is_uniform:
                here = self.inside(of.group, of.first, of.last)
                here = here.take(here.line == of.line)
                km, weight = np.concatenate([here.km, km]), np.concatenate([_as_landings(here.weights), weight])
            place, where = np.unique(np.round(km / PIECE_KM) * PIECE_KM, return_inverse=True)
            total = np.bincount(where, weight)
            self._along[key] = place, total / total.sum()
        return self._along[key]


def _as_landings(weight: Floats) -> Floats:
    """Weights that add up to the number of equal landings that say as much (Kish 1965): their level says nothing."""
    return weight * (weight.sum() / (weight**2).sum()) if weight.size else weight


def _nearest(keys: Ints, wanted: Ints) -> Ints:
    """Index of the nearest key of the same line; -1 where the line has none."""
    if not keys.size:
        return np.full(wanted.size, -1)
    after = np.clip(np.searchsorted(keys, wanted), 0, keys.size - 1)
    before = np.maximum(after - 1, 0)
    index = np.where(np.abs(keys[before] - wanted) < np.abs(keys[after] - wanted), before, after)
    return np.where(keys[index] // _LINE == wanted // _LINE, index, -1)


# --- scores ---------------------------------------------------------------------------------------------------------


def crps(forecast: Forecast, of: Sequence[Target], lines: Coast) -> Floats:
    """Continuous ranked probability score of each target along its line, km; round an island the shorter way."""
    return np.array(
        [_crps(forecast.along(target), np.array([target.km]), lines.lines[target.line])[0] for target in of]
    )


def _crps(sample: tuple[Floats, Floats], km: Floats, line: Line) -> Floats:
    closed = line.lon[0] == line.lon[-1] and line.lat[0] == line.lat[-1]  # else it was cut at the edge of the data
    return scores.circular_crps(*sample, km, float(line.km[-1])) if closed else scores.crps(*sample, km)


def interval(values: Floats, day: Ints, group: Sequence[str]) -> tuple[float, float]:
    """95 % interval of the mean of finds, those of a day together, because they are one event of weather.

    The jackknife over days (without its factor of days less one over days, because gains are skew), with Student's t
    of days less one degrees of freedom (Cameron and Miller 2015, doi:10.3368/jhr.50.2.317). Prefectures are given, so
    what one offers more than another is no chance; but their means rest on few finds: deviations are taken from the
    common mean, moved by `TOWARDS` to that of the prefecture.

    Parameters
    ----------
    values : (find,)
    day : (find,) int
    group : (find,)
        Prefectures.

    Returns
    -------
    float, float
        NaN for finds of one day.
    """
    from scipy.special import stdtrit

    days = np.unique(day, return_inverse=True)[1]
    number = int(days.max()) + 1
    if number < 2:
        return float("nan"), float("nan")
    mean, size = values.mean(), np.bincount(days)
    of = np.unique(np.asarray(group), return_inverse=True)[1]
    apart = np.bincount(of, values - mean) / np.bincount(of)
    moved = np.bincount(days, values - mean - TOWARDS * apart[of]) / (1.0 - size / values.size)  # without each day
    error = np.sqrt((moved**2).sum()) / values.size
    half = float(stdtrit(number - 1.0, 0.975)) * error
    return float(mean - half), float(mean + half)


def expected(run: Forecast, other: Forecast, of: Sequence[Target]) -> tuple[Floats, Floats]:
    """Gain in log density that each target would bring on average if the run were true, and if the other were.

    Truth is scored with what its other members show: it gains nothing from having been drawn from itself.
    """
    both = []
    for truth, sign in ((run, 1.0), (other, -1.0)):
        against = other if truth is run else run
        values = {}
        for stratum in {Stratum.of(target) for target in of}:
            mine, theirs = truth.cells(stratum), against.cells(stratum)
            if truth.is_uniform or not mine.counts.sum():
                ratio = (mine.uniform * np.log(mine.density() / theirs.density())).sum()
            else:
                own = mine.unseen if len(mine.counts) > 1 else mine.density()[None, :]
                ratio = (mine.counts * np.log(own / theirs.density())).sum() / mine.counts.sum()
            values[stratum] = sign * float(ratio)
        both.append(np.array([values[Stratum.of(target)] for target in of]))
    return both[0], both[1]


def expected_km(run: Forecast, other: Forecast, of: Sequence[Target], lines: Coast) -> tuple[Floats, Floats]:
    """The same for the continuous ranked probability score, km."""
    both: list[Floats] = []
    for truth in (run, other):
        values: list[float] = []
        for target in of:
            place, weight = truth.along(target)
            line = lines.lines[target.line]
            gain = _crps(other.along(target), place, line) - _crps(run.along(target), place, line)
            values.append(float((weight * gain).sum()))
        both.append(np.array(values))
    return both[0], both[1]


def which(
    landings: Landings, coast: Landings, others: Sequence[Landings], records: Records, lines: Coast
) -> Json | None:
    """Scores of the finds given their prefecture and time, and how much more the run knew of them than each reference.

    Parameters
    ----------
    landings, coast, others
        The run, the uniform forecast, and the other references. Those that are uniform within each prefecture are
        left out: given the prefecture they are the uniform forecast.
    records
    lines
        The coast with its generalised lines.

    Returns
    -------
    dict or None
        None with less than two finds.
    """
    run = Forecast(landings, coast)
    references = [Forecast(coast, coast), *(Forecast(other, coast) for other in others if other.weight is None)]
    out: Json = {
        "given": "prefecture and days" if landings.dated else "prefecture and month",
        "cell_km": CELL_KM,
    }
    for label, fragments in (("with_fragments", True), ("without_fragments", False)):
        of = placed(targets(records, dated=landings.dated, fragments=fragments), lines, records.sea)
        of = [target for target in of if target.line >= 0]
        of = [target for target, value in zip(of, references[0].log_density(of), strict=True) if np.isfinite(value)]
        if len(of) < 2:
            return None
        out[label] = _scored(run, references, of, lines)
        if fragments:
            out |= _each(run, references[0], of, lines)
    return out


def _scored(run: Forecast, references: Sequence[Forecast], of: Sequence[Target], lines: Coast) -> Json:
    day = np.array([target.event.date.toordinal() for target in of])
    group = [target.group for target in of]

    def gain(values: Floats, if_run: Floats, if_other: Floats) -> dict[str, float]:
        low, high = interval(values, day, group)
        return {
            "mean": float(values.mean()),
            "low": low,
            "high": high,
            "if_run_true": float(if_run.mean()),
            "if_reference_true": float(if_other.mean()),
        }

    own, far = run.log_density(of), crps(run, of, lines)
    return {
        "finds": len(of),
        "days": int(np.unique(day).size),
        "log_score": float(own.mean()),
        "crps_km": float(far.mean()),
        "gain": {other.name: gain(own - other.log_density(of), *expected(run, other, of)) for other in references},
        "gain_km": {
            other.name: gain(crps(other, of, lines) - far, *expected_km(run, other, of, lines)) for other in references
        },
    }


def _each(run: Forecast, uniform: Forecast, of: Sequence[Target], lines: Coast) -> Json:
    """The finds one by one, and by prefecture what could be gained there and what was."""
    own, flat, far = run.log_density(of), uniform.log_density(of), crps(run, of, lines)
    true, _ = expected(run, uniform, of)
    pit = within(run, of)
    groups = list(dict.fromkeys(target.group for target in of))
    by = {group: [k for k, target in enumerate(of) if target.group == group] for group in groups}
    return {
        "pit": pit,
        "pit_uniform_p": scores.uniformity(pit),
        "by_prefecture": [
            {
                "key": group,
                "name": run.sea.regions[group].name,
                "finds": len(rows),
                "gain_if_run_true": float(true[rows].mean()),
                "gain": float((own - flat)[rows].mean()),
            }
            for group, rows in by.items()
        ],
        "finds": [
            {
                "id": target.event.id,
                "date": target.event.date,
                "place": target.event.place,
                "prefecture": target.group,
                "cell_km": target.cell_km,
                "log_probability": float(value),
                "log_probability_uniform": float(even),
                "crps_km": float(km),
            }
            for target, value, even, km in zip(of, own, flat, far, strict=True)
        ],
    }


def within(run: Forecast, of: Sequence[Target]) -> list[float]:
    """Where each find stands among what is predicted along its line, 0 to 1."""
    out = []
    for target in of:
        place, weight = run.along(target)
        out.append(float(weight[place < target.km].sum() + 0.5 * weight[place == target.km].sum()))
    return out


def date_pit(landings: Landings, records: Records) -> list[float]:
    """Where the date of each boat that was found stands among the dates predicted, 0 to 1; empty without dates."""
    first, last = season(records)
    daily = found(landings, first, last).sum(axis=0)
    if not daily.sum() or not landings.dated:
        return []
    below = np.concatenate([[0.0], np.cumsum(daily) / daily.sum()])
    days = [int(day_number(event.date) - day_number(first)) for event in records.boats if first <= event.date <= last]
    return [0.5 * float(below[day] + below[day + 1]) for day in days]
