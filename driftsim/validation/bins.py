"""Where and when: counts of the records by bins of coast or of time, against what a run predicts."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..system.kinds import Json
from . import counts as predicted
from . import joint
from .landings import Landings, day_number
from .records import Records, Total, area_name, stretches
from .seasons import CLUSTERING

Floats = NDArray[np.float64]

SEED = 2017
UNIFORM_SHARE = 0.01
"""Part of the uniform forecast in every forecast."""

LAG_DAYS = np.array([0.2, 0.2, 0.2, 0.2] + [0.2 * (7 - k) / 28 for k in range(7)])
"""Probability that a boat is found 0, 1, 2, ... days after it landed: 80 % within 3 days, falling to nothing at 11."""

DETECTION_DAY, DETECTED_BEFORE = date(2017, 11, 23), 0.7
"""From this day on the coast was watched; before it a boat was found with this chance of one found later."""

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)

VAGUE = 0.5
"""A bin whose count may stand anywhere over half of what is predicted cannot speak: it is not tested."""


@dataclass(frozen=True)
class Table:
    """A table of the records as bins.

    Attributes
    ----------
    name
    rows : tuple of (key, name, low, high, best)
    groups
        Stretches of each bin; empty for bins of time.
    totals : (n,) int
        Numbers of cases over all bins, as likely as each other.
    first, last
        Period.
    """

    name: str
    rows: tuple[tuple[str, str, int | None, int | None, int | None], ...]
    groups: tuple[frozenset[str], ...]
    totals: NDArray[np.int64]
    first: date
    last: date

    @property
    def low(self) -> list[int]:
        """Least number of each bin."""
        return [row[2] or 0 for row in self.rows]

    @property
    def high(self) -> list[int]:
        """Largest number of each bin: what is known of it, and no more than the others leave of the total."""
        room = int(self.totals.max()) - sum(self.low)
        return [
            room + low if row[3] is None else min(row[3], room + low)
            for row, low in zip(self.rows, self.low, strict=True)
        ]


def of_coast(records: Records, name: str) -> Table | None:
    """A table of places as bins; None if the records lack it.

    Cases far offshore are no landings: their number is one of a range, and so is that of the landings. Coasts that no
    row names are a bin of their own.
    """
    rows = records.table(name)
    if not rows:
        return None
    of, sea = {row.area: row for row in rows}, records.sea
    whole, offshore = of["all"], of.get("offshore")
    bins = [row for row in rows if row.area not in ("all", "offshore", "unallocated")]
    named = frozenset(key for row in bins for key in stretches(row.area, sea))
    groups = [stretches(row.area, sea) or sea.counted - named for row in bins]
    listed = [(row.area, row.name, row.low, row.high, row.best) for row in bins]
    if "rest" not in of and sea.counted - named:
        listed.append(("rest", area_name("rest", sea), None, None, None))
        groups.append(sea.counted - named)
    high = whole.high or 0
    low = high if whole.low is None else whole.low
    away = (offshore.low or 0, offshore.high or offshore.low or 0) if offshore else (0, 0)
    least = sum(row.low or 0 for row in bins)
    totals = np.unique([n - o for n in range(low, high + 1) for o in range(away[0], away[1] + 1) if n - o >= least])
    return Table(name, tuple(listed), tuple(groups), totals.astype(np.int64), whole.first, whole.last)


def of_time(records: Records, name: str, first: date, last: date) -> Table | None:
    """A table of intervals as bins, those that lie within a period; None if there are fewer than two."""
    rows = [row for row in records.table(name) if row.area == "all" and row.first >= first and row.last <= last]
    rows = [row for row in rows if row.high is not None]
    if len(rows) < 2:
        return None
    listed = tuple((str(row.first), _days(row), row.low, row.high, row.best) for row in rows)
    totals = np.arange(sum(row.low or 0 for row in rows), sum(row.high or 0 for row in rows) + 1)
    return Table(name, listed, (), totals, rows[0].first, rows[-1].last)


def _days(row: Total) -> str:
    if row.first.month == row.last.month:
        whole = row.first.day == 1 and (row.last + timedelta(days=1)).day == 1
        return f"{row.first:%B}" if whole else f"{row.first.day}–{row.last.day} {row.first:%b}"
    return f"{row.first.day} {row.first:%b} – {row.last.day} {row.last:%b}"


def joined(table: Table) -> Table:
    """The table with coasts that have no count, or no upper end of it, joined to one bin where they adjoin.

    Their number is a guess, and a log score would rest on how it is spread over coasts where hardly anything lands.
    """
    merged: list[tuple[list[Any], frozenset[str]]] = []
    for row, group in zip(table.rows, table.groups, strict=True):
        is_open = row[2] is None or row[3] is None
        if is_open and merged and merged[-1][0][3] is None:
            last, keys = merged[-1]
            last[0], last[1] = f"{last[0]}+{row[0]}", f"{last[1].split(' to ')[0]} to {row[1]}"
            last[2] += row[2] or 0
            merged[-1] = (last, keys | group)
        else:
            merged.append(([row[0], row[1], row[2] or 0, None if is_open else row[3], row[4]], group))
    rows = tuple((row[0], row[1], row[2], row[3], row[4]) for row, _ in merged)
    return replace(table, rows=rows, groups=tuple(group for _, group in merged))


def where(landings: Landings, table: Table, coast: Landings, clustering: float = CLUSTERING) -> Json:
    """Predicted counts by bins of coast beside those recorded.

    Parameters
    ----------
    landings
        The run; its landings of the table's period are used.
    table
        What `of_coast` gave.
    coast
        The uniform forecast.
    clustering
        See `driftsim.validation.counts.predict`.
    """
    inside = landings.between(table.first, table.last)
    found = compared(table, inside.counts(table.groups), uniform_shares(coast, table), clustering)
    whole = joined(table)
    return {**found, "joint": together(whole, inside.counts(whole.groups), uniform_shares(coast, whole), clustering)}


def uniform_shares(coast: Landings, table: Table) -> Floats:
    """Shares of the uniform forecast, (bin,)."""
    if not table.groups:
        days = np.diff([day_number(date.fromisoformat(row[0])) for row in table.rows] + [day_number(table.last) + 1.0])
        share: Floats = days / days.sum()
    else:
        length = coast.counts(table.groups)[0]
        share = length / length.sum()
    return share


def found(landings: Landings, first: date, last: date, *, detection: bool = True) -> Floats:
    """Boats found by member and day, (member, day): landings later by the lag, fewer before the coast was watched."""
    days = int(day_number(last) - day_number(first)) + 1
    spare = len(LAG_DAYS)
    known = np.isfinite(landings.day)
    at = np.where(known, landings.day, 0.0).astype(np.int64) - int(day_number(first)) + spare
    used = known & (at >= 0) & (at < days + spare)
    size = landings.members * (days + spare)
    code = landings.member * (days + spare) + at
    landed = np.bincount(code[used], landings.weights[used], size).reshape(landings.members, -1)
    out = np.zeros((landings.members, days))
    for lag, chance in enumerate(LAG_DAYS):
        out += chance * landed[:, spare - lag : spare - lag + days]
    if detection:
        before = int(np.clip(day_number(DETECTION_DAY) - day_number(first), 0, days))
        out[:, :before] *= DETECTED_BEFORE
    return out


def by_time(landings: Landings, table: Table, *, detection: bool = True) -> Floats:
    """Boats found by member and bin of time, (member, bin); finds are later than landings, see `found`."""
    daily = found(landings, table.first, table.last, detection=detection)
    edges = [int(day_number(date.fromisoformat(row[0])) - day_number(table.first)) for row in table.rows]
    return np.add.reduceat(daily, edges, axis=1)


def when(landings: Landings, table: Table, clustering: float = CLUSTERING, *, detection: bool = True) -> Json:
    """Predicted counts by bins of time beside those recorded."""
    counts, uniform = by_time(landings, table, detection=detection), uniform_shares(landings, table)
    return {**compared(table, counts, uniform, clustering), "joint": together(table, counts, uniform, clustering)}


def compared(table: Table, counts: Floats, uniform: Floats, clustering: float) -> Json:
    """Each bin's recorded number, prediction and p-values, and the log probability of all ranges together."""
    whole = predicted.predict(counts, uniform, clustering, UNIFORM_SHARE)
    bins = []
    for column, (key, name, low, high, best) in enumerate(table.rows):
        chance = marginal(counts, column, uniform, table.totals, clustering)
        ends = predicted.quantiles(chance, LEVELS)
        known = low is not None or high is not None
        most = table.high[column] if known else None
        below, upto = predicted.place(chance, low, most)
        p_min, p_max = predicted.p_values(chance, low, most) if known else (None, None)
        bins.append(
            {
                "key": key,
                "name": name,
                "recorded_low": low,
                "recorded_best": best,
                "recorded_high": high,
                "share": float(whole.shares[column]),
                "low_90": ends[0],
                "low_50": ends[1],
                "median": ends[2],
                "high_50": ends[3],
                "high_90": ends[4],
                "pit_low": below,
                "pit_high": upto,
                "p_min": p_min,
                "p_max": p_max,
                "vague": known and upto - below > VAGUE,
            }
        )
    tested = [row["p_max"] for row in bins if row["p_max"] is not None and not row["vague"]]
    return {
        "table": table.name,
        "first": table.first,
        "last": table.last,
        "cases_low": int(table.totals.min()),
        "cases_high": int(table.totals.max()),
        "landings": float(counts.sum()),
        "bins": bins,
        "tested": len(tested),
        "log_probability": whole.log_probability(table.low, table.high, table.totals),
        "smallest_p_corrected": min(1.0, min(tested) * len(tested)) if tested else None,
    }


def together(table: Table, counts: Floats, uniform: Floats, clustering: float) -> Json:
    """How odd the whole table is, see `driftsim.validation.joint.test`."""
    rng = np.random.default_rng([SEED, zlib.crc32(table.name.encode())])
    found = joint.test(counts, uniform, clustering, UNIFORM_SHARE, table.low, table.high, table.totals, rng)
    return {"bins": [row[1] for row in table.rows], **found}


def marginal(counts: Floats, column: int, uniform: Floats, totals: NDArray[np.int64], clustering: float) -> Floats:
    """Distribution of the count of one bin: the same prediction with two bins, this one and all others.

    So how much seasons differ is that of the bin itself; one number for all bins would be too small for some.
    """
    k, u = counts[:, column], float(uniform[column])
    pair = np.stack([k, counts.sum(axis=1) - k], axis=1)
    return predicted.predict(pair, [u, 1.0 - u], clustering, UNIFORM_SHARE).marginal(totals, 0)


def cumulative(landings: Landings, records: Records, clustering: float = CLUSTERING) -> Json | None:
    """Cumulative count of the season by day: what was recorded, and the median and the 50 and 90 % range predicted."""
    rows = [row for row in records.table("interval") if row.low == row.high] or records.table("interval")
    if not rows:
        return None
    first, last = rows[0].first, rows[-1].last
    if landings.period is not None and (landings.period[0] > first or landings.period[1] < last):
        return None
    total = sum(row.best or row.low or 0 for row in rows)
    counted = [row for row in records.table("cumulative") if first <= row.last <= last and row.best is not None]
    if counted:
        before = sum(row.best or 0 for row in records.table("month") if row.last < first)
        days = [row.last for row in counted]
        number = [(row.best or 0) - before for row in counted]
    else:
        days = [row.last for row in rows]
        number = np.cumsum([row.best or row.low or 0 for row in rows]).tolist()
    daily = found(landings, first, last)
    ends: list[Sequence[int]] = []
    span = daily.shape[1]
    for day in range(span):
        pair = np.stack([daily[:, : day + 1].sum(axis=1), daily[:, day + 1 :].sum(axis=1)], axis=1)
        share = (day + 1) / span
        chance = predicted.predict(pair, [share, 1.0 - share], clustering, UNIFORM_SHARE).marginal([total], 0)
        ends.append(predicted.quantiles(chance, LEVELS))
    columns = dict(zip(("low_90", "low_50", "median", "high_50", "high_90"), np.array(ends).T.tolist(), strict=True))
    return {
        "recorded_days": days,
        "recorded": number,
        "cases": total,
        "days": [first + timedelta(days=day) for day in range(span)],
        **columns,
    }
