"""Which, and where along the shore: the dated finds, one by one, against what a run predicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..coast.regions import CODES, REGIONS
from ..constants import SPHERE_RADIUS_M
from . import scores
from .bins import SEED, UNIFORM_SHARE, found
from .landings import Landings, day_number
from .records import Event, Records, prefecture
from .reference import MAINLAND

Floats = NDArray[np.float64]

LEAST_RADIUS_KM = 25.0
"""A find is looked for within this distance, or the precision of its place if that is more."""

WINDOW_DAYS = (-10, 1)
"""Days from the find within which the boat landed: found late as a rule, dated early by a day at most."""

RESAMPLES = 2000
FEWEST_ON_ISLAND = 20
"""Landings on an island's line that a distribution along it needs."""


@dataclass(frozen=True)
class Target:
    """A find as something to be predicted.

    Attributes
    ----------
    event
    group : str
        Prefecture, which counts as much as any other.
    radius_km : float
    first, last : date
        Days within which it landed.
    """

    event: Event
    group: str
    radius_km: float
    first: date
    last: date


def targets(records: Records, *, dated: bool, fragments: bool = True) -> list[Target]:
    """Finds that can be scored: boats ashore of high confidence in the season, adrift and not steered.

    Parameters
    ----------
    records
    dated
        Whether the run knows days; else a find is looked for in its calendar month.
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
        out.append(Target(event, prefecture(event.region), max(LEAST_RADIUS_KM, event.precision_km), begin, end))
    return out


def season(records: Records) -> tuple[date, date]:
    """First and last day of the season: of the table of that name, else of the boats."""
    rows = records.table("season")
    if rows:
        return rows[0].first, rows[0].last
    days = [event.date for event in records.boats] or [row.first for row in records.totals]
    return min(days), max([event.date for event in records.boats] or [row.last for row in records.totals])


def probabilities(landings: Landings, of: Sequence[Target], *, dated: bool) -> Floats:
    """Share of the season's landings that lie within the radius, and within the days, of each target; (target,).

    Landings of unknown day are spread evenly over the season.
    """
    first = min(target.first for target in of)
    last = max(target.last for target in of)
    inside = landings.between(first, last)
    weight = inside.weights
    if not len(inside):
        return np.zeros(len(of))
    span = (last - first).days + 1.0
    out = np.empty(len(of))
    for index, target in enumerate(of):
        near = distance_km(target.event.lon, target.event.lat, inside.lon, inside.lat) <= target.radius_km
        if dated:
            low, high = day_number(target.first), day_number(target.last) + 1.0
            evenly = (high - low) / span
            part = np.where(np.isnan(inside.day), evenly, (inside.day >= low) & (inside.day < high))
            out[index] = (weight * near * part).sum()
        else:
            out[index] = weight[near].sum()
    return out / weight.sum()


def distance_km(lon: float, lat: float, lons: Floats, lats: Floats) -> Floats:
    """Distances on the sphere from a point, good to 0.3 % over some hundred km."""
    east = (lons - lon) * np.cos(np.radians(0.5 * (lats + lat)))
    return 1e-3 * SPHERE_RADIUS_M * np.radians(1.0) * np.hypot(east, lats - lat)


def log_densities(landings: Landings, coast: Landings, of: Sequence[Target], *, dated: bool) -> Floats:
    """Log of the predicted probability of each target, mixed with the uniform forecast; (target,)."""
    p, uniform = (probabilities(forecast, of, dated=dated) for forecast in (landings, coast))
    # A place that even the uniform forecast does not know (an islet off every line) gets its smallest value.
    floor = uniform[uniform > 0.0].min() if (uniform > 0.0).any() else 1e-6
    return np.log(scores.mixed(p, np.maximum(uniform, floor), UNIFORM_SHARE))


@dataclass(frozen=True)
class Average:
    """Means over prefectures that count alike, with resamples of days.

    Attributes
    ----------
    group, day : (target,) int
        Codes.
    draws : (resample, day) int
        How often each day was drawn.
    """

    group: NDArray[np.int64]
    day: NDArray[np.int64]
    draws: NDArray[np.int64]

    @classmethod
    def of(cls, of: Sequence[Target]) -> Average:
        """Days are drawn with replacement, all finds of a day together: they are one event of weather."""
        group = np.unique([target.group for target in of], return_inverse=True)[1]
        days, day = np.unique([target.event.date.toordinal() for target in of], return_inverse=True)
        rng = np.random.default_rng(SEED)
        draws = rng.multinomial(days.size, np.full(days.size, 1.0 / days.size), RESAMPLES)
        return cls(group, day, draws)

    def mean(self, values: Floats) -> float:
        """Mean over prefectures of the mean over their targets."""
        number = np.bincount(self.group)
        return float((np.bincount(self.group, values) / number).mean())

    def interval(self, values: Floats) -> tuple[float, float]:
        """95 % interval of that mean."""
        groups = self.group.max() + 1
        weight = self.draws[:, self.day].astype(np.float64)  # (resample, target)
        of_group = np.zeros((self.group.size, groups))
        of_group[np.arange(self.group.size), self.group] = 1.0
        number = weight @ of_group
        with np.errstate(invalid="ignore"):
            means = np.nanmean((weight * values) @ of_group / np.where(number > 0.0, number, np.nan), axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        return float(low), float(high)

    def summary(self, values: Floats) -> dict[str, float]:
        """Mean and its 95 % interval."""
        low, high = self.interval(values)
        return {"mean": self.mean(values), "low": low, "high": high}


def which(landings: Landings, coast: Landings, others: Sequence[Landings], records: Records) -> dict[str, Any] | None:
    """Log scores of the finds, and how much more the run knew of them than each reference.

    Parameters
    ----------
    landings, coast, others
        The run, the uniform forecast, and the other references.
    records
    """
    out: dict[str, Any] = {}
    for label, fragments in (("with_fragments", True), ("without_fragments", False)):
        of = targets(records, dated=landings.dated, fragments=fragments)
        if len(of) < 2:
            return None
        average = Average.of(of)
        for aspect, dated in (("place", False), ("place_and_date", True)):
            own = log_densities(landings, coast, of, dated=dated)
            row: dict[str, Any] = {"finds": len(of), "days": int(average.draws.shape[1]), **average.summary(own)}
            row["gain"] = {
                other.name: average.summary(own - log_densities(other, coast, of, dated=dated))
                for other in (coast, *others)
            }
            out.setdefault(aspect, {})[label] = row
            if fragments and dated:
                place = log_densities(landings, coast, of, dated=False)
                out["finds"] = [
                    {
                        "id": target.event.id, "date": target.event.date, "place": target.event.place,
                        "prefecture": target.group, "log_probability_place": float(alone),
                        "log_probability": float(value),
                    }
                    for target, value, alone in zip(of, own, place, strict=True)
                ]  # fmt: skip
    return out


def along(
    landings: Landings, coast: Landings, others: Sequence[Landings], records: Records, lines: Any
) -> dict[str, Any]:
    """Continuous ranked probability score of the finds' places along the mainland's coast, islands on their own.

    Parameters
    ----------
    landings, coast, others
        The run, the uniform forecast, and the other references.
    records
    lines
        The coast with its generalised lines.
    """
    of = targets(records, dated=landings.dated)
    stretch = np.array([CODES[min(REGIONS[target.event.region].stretches)] for target in of], np.int64)
    lon, lat = (np.array([getattr(target.event, axis) for target in of]) for axis in ("lon", "lat"))
    line, km = lines.project(lon, lat, stretch) if of else (np.empty(0, int), np.empty(0))
    names = np.array(lines.line_names)
    first, last = season(records)
    forecasts = [forecast.between(first, last) for forecast in (landings, coast, *others)]
    out: dict[str, Any] = {"islands": []}
    for index in np.unique(line):
        here = np.flatnonzero(line == index)
        name = str(names[index])
        if name == MAINLAND and here.size > 1:
            out["mainland"] = _mainland(forecasts, int(index), [of[i] for i in here], km[here].astype(np.float64))
        elif name != MAINLAND:
            island = _island(forecasts, int(index), lines.lines[index], km[here].astype(np.float64))
            if island:
                out["islands"].append({"line": name, **island})
    return out


def _on_line(forecast: Landings, index: int, uniform: Landings | None) -> tuple[Floats, Floats]:
    """Places and weights along a line, with the uniform forecast's share."""
    here = forecast.line == index
    km, weight = forecast.km[here], forecast.weights[here]
    weight = weight / weight.sum() if weight.size else weight
    if uniform is None:
        return km, weight
    flat_km, flat = _on_line(uniform, index, None)
    share = UNIFORM_SHARE if weight.size else 1.0
    return np.concatenate([km, flat_km]), np.concatenate([(1.0 - share) * weight, share * flat])


def _mainland(forecasts: list[Landings], index: int, of: list[Target], km: Floats) -> dict[str, Any]:
    uniform = forecasts[1]
    average = Average.of(of)
    own = scores.crps(*_on_line(forecasts[0], index, uniform), km)
    pit = _pit_within(forecasts[0], index, of, km)
    return {
        "finds": len(of), "crps_km": average.summary(own),
        "gain_km": {
            other.name: average.summary(scores.crps(*_on_line(other, index, uniform), km) - own)
            for other in forecasts[1:]
        },
        "pit": pit, "pit_uniform_p": scores.uniformity(pit),
    }  # fmt: skip


def _pit_within(forecast: Landings, index: int, of: list[Target], km: Floats) -> list[float]:
    """Where each find stands among the landings predicted along its prefecture's coast, 0 to 1.

    Within the prefecture, because the finds that are known lean towards some prefectures.
    """
    out = []
    for target, place in zip(of, km, strict=True):
        codes = [CODES[key] for key in REGIONS[target.group].stretches]
        here = (forecast.line == index) & np.isin(forecast.stretch, codes)
        weight = forecast.weights[here]
        below = weight[forecast.km[here] < place].sum() + 0.5 * weight[forecast.km[here] == place].sum()
        if weight.sum() > 0.0:
            out.append(float(below / weight.sum()))
    return out


def _island(forecasts: list[Landings], index: int, line: Any, km: Floats) -> dict[str, Any] | None:
    own = forecasts[0].line == index
    if own.sum() < FEWEST_ON_ISLAND:
        return None
    closed = line.lon[0] == line.lon[-1] and line.lat[0] == line.lat[-1]  # else it was cut at the edge of the data
    length = float(line.km[-1])
    flat = _on_line(forecasts[1], index, None)
    values = [
        scores.circular_crps(*sample, km, length) if closed else scores.crps(*sample, km)
        for sample in (_on_line(forecasts[0], index, forecasts[1]), flat)
    ]
    return {
        "finds": int(km.size), "landings": int(own.sum()), "length_km": length, "closed": bool(closed),
        "crps_km": float(values[0].mean()), "uniform_crps_km": float(values[1].mean()),
    }  # fmt: skip


def date_pit(landings: Landings, records: Records) -> list[float]:
    """Where the date of each boat that was found stands among the dates predicted, 0 to 1; empty without dates."""
    first, last = season(records)
    daily = found(landings, first, last).sum(axis=0)
    if not daily.sum() or not landings.dated:
        return []
    below = np.concatenate([[0.0], np.cumsum(daily) / daily.sum()])
    days = [int(day_number(event.date) - day_number(first)) for event in records.boats if first <= event.date <= last]
    return [0.5 * float(below[day] + below[day + 1]) for day in days]
