r"""The whole table at once: how odd its probability would be for a season of the run.

The statistic is the log of the probability of a table, $T = \log P(n_1, \dots, n_B \mid N)$, and

$$ p = P(T' \le T) $$

that of a season which the run itself draws with as many cases. A record with ranges leaves many tables open: $p$ has a
least and a greatest value over those inside. A season is not drawn from the prediction but from one member, and its
cases come in bursts, so $p$ need not be uniform if the run is right. It is calibrated by seasons of each member, put
to the prediction of all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, product

import numpy as np
from numpy.typing import NDArray

from ..system.kinds import Json
from . import counts as predicted
from .counts import Masses, Predictive
from .seasons import Season, seasons

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REPLICATES = 1000
"""Seasons that a p-value is counted over: its standard error at 0.05 is 0.007."""

HELD_OUT = 400
"""Seasons that calibrate it."""

MOST_FREE = 6
"""Bins whose ends are all tried together; with more only every other start is."""

_TIE = 1e-9


class Chances:
    """P-values of tables under a prediction; the replicated seasons of each number of cases are drawn once."""

    def __init__(self, of: Predictive, most: int, rng: np.random.Generator) -> None:
        self.of = of
        self.log = Masses(of, np.arange(most + 1)).log
        self._rng = rng
        self._drawn: dict[int, Floats] = {}

    def p_value(self, statistic: Floats | float, cases: int) -> Floats:
        """Probability of a replicated season of so many cases with the statistic or less."""
        if cases not in self._drawn:
            self._drawn[cases] = np.sort(self.log(self.of.draw(self._rng, cases, REPLICATES)))
        below = np.searchsorted(self._drawn[cases], np.asarray(statistic) + _TIE, side="right")
        return np.asarray((1.0 + below) / (1.0 + REPLICATES), np.float64)


def tables(low: Ints, high: Ints, cases: int) -> Ints:
    """Tables of so many cases at corners of the ranges, all bins but one at an end; (n, bin), none if impossible."""
    bins, free = len(low), np.flatnonzero(high > low)
    if not low.sum() <= cases <= high.sum():
        return np.empty((0, bins), np.int64)
    ends = list(product((0, 1), repeat=len(free))) if len(free) <= MOST_FREE else np.eye(len(free), dtype=int).tolist()
    corners = np.tile(low, (len(ends), 1))
    corners[:, free] = np.where(np.array(ends, bool).reshape(len(ends), -1), high[free], low[free])
    out = np.repeat(corners, max(len(free), 1), axis=0)
    if len(free):
        rows, column = np.arange(len(out)), np.tile(free, len(ends))
        out[rows, column] += cases - out.sum(axis=1)
    inside = ((out >= low) & (out <= high)).all(axis=1) & (out.sum(axis=1) == cases)
    return np.unique(out[inside], axis=0)


def _middle(of: Predictive, low: Ints, high: Ints, cases: int) -> Ints:
    """A table inside the ranges near what is predicted."""
    table = np.clip(np.rint(cases * of.shares).astype(np.int64), low, high)
    while (left := cases - int(table.sum())) != 0:
        room = (high - table) if left > 0 else (table - low)
        table[int(np.argmax(np.where(room > 0, of.shares, -1.0)))] += 1 if left > 0 else -1
    return table


def extreme(chances: Chances, low: Ints, high: Ints, cases: int, sign: float) -> float | None:
    """Greatest (sign 1) or least (-1) log probability of a table inside the ranges; None if there is no such table.

    From the best corner, and from the table nearest to the prediction, cases are moved one at a time from bin to bin as
    long as that helps.
    """
    corners = tables(low, high, cases)
    if not len(corners):
        return None
    starts = [corners[int(np.argmax(sign * chances.log(corners)))], _middle(chances.of, low, high, cases)]
    step = np.eye(len(low), dtype=np.int64)
    moves = (step[:, None, :] - step[None, :, :]).reshape(-1, len(low))
    best = []
    for table in starts:
        value = float(chances.log(table[None, :])[0])
        while True:
            near = table + moves
            near = near[((near >= low) & (near <= high)).all(axis=1)]
            values = chances.log(near)
            top = int(np.argmax(sign * values))
            if sign * (values[top] - value) <= _TIE:
                break
            table, value = near[top], float(values[top])
        best.append(value)
    return max(best) if sign > 0.0 else min(best)


def test(
    counts: Floats,
    uniform: Floats,
    clustering: float,
    share: float,
    low: Sequence[int],
    high: Sequence[int],
    totals: Ints,
    rng: np.random.Generator,
) -> Json:
    """The p-value of a recorded table, from the least to the greatest that its ranges allow.

    Parameters
    ----------
    counts : (member, bin)
        Boats of the run.
    uniform, clustering, share
        See `driftsim.validation.counts.predict`.
    low, high : (bin,)
        Ranges, both ends included.
    totals : (n,)
        Numbers of cases over all bins that are possible.
    rng

    Returns
    -------
    dict
        ``p_min``, ``p_max``; the same calibrated, ``p_min_calibrated`` and ``p_max_calibrated`` (None where too few
        boats or members allow it); ``held_out``: seasons that calibrate; ``held_out_below_5``: how many of them have a
        p-value of 0.05 or less before it.
    """
    of = predicted.predict(counts, uniform, clustering, share)
    chances = Chances(of, int(totals.max()), rng)
    least, most = np.asarray(low, np.int64), np.asarray(high, np.int64)
    ends = {}
    for name, sign in (("p_min", -1.0), ("p_max", 1.0)):
        found = [(extreme(chances, least, np.minimum(most, n), n, sign), n) for n in totals.tolist()]
        values = [float(chances.p_value(value, n)) for value, n in found if value is not None]
        ends[name] = (max if sign > 0.0 else min)(values, default=float("nan"))
    seen = held_out(counts, uniform, clustering, share, int(np.median(totals)), chances, rng)
    rank = {f"{name}_calibrated": _rank(seen, value) for name, value in ends.items()}
    below = float((seen <= 0.05).mean()) if seen.size else None
    return {**ends, **rank, "held_out": int(seen.size), "held_out_below_5": below}


def _rank(seen: Floats, value: float) -> float | None:
    return (1.0 + float((seen <= value + _TIE).sum())) / (1.0 + seen.size) if seen.size else None


def held_out(
    counts: Floats,
    uniform: Floats,
    clustering: float,
    share: float,
    cases: int,
    chances: Chances,
    rng: np.random.Generator,
    size: int = HELD_OUT,
) -> Floats:
    """P-values of seasons of single members under the prediction of all others; (season,), empty with one member."""
    if len(counts) < 2:
        return np.empty(0)
    drawn = sorted(seasons(counts, cases, size, rng), key=lambda season: season.member)
    statistics = list(_statistics(drawn, counts, uniform, clustering, share))
    return chances.p_value(np.array(statistics), cases) if statistics else np.empty(0)


def _statistics(
    drawn: Sequence[Season], counts: Floats, uniform: Floats, clustering: float, share: float
) -> Iterator[float]:
    for member, rows in groupby(drawn, key=lambda season: season.member):
        others = predicted.predict(np.delete(counts, member, axis=0), uniform, clustering, share)
        tables = np.array([row.cases for row in rows])
        yield from Masses(others, np.unique(tables)).log(tables).tolist()
