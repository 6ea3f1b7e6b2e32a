"""Quantiles of values that are not all held at once: a first pass counts them in bins, a second looks at a few bins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..system.kinds import AnyArray
from .outcome import Outcome
from .tallies import AGES_ROOM, Counts, age_bin, fortnight_of, keys

Floats = NDArray[np.float64]


class Group(NamedTuple):
    """Rows of the counts of ages that belong together: first and last + 1."""

    first: int
    end: int


def between(low: float, high: float, part: float) -> float:
    """What numpy's `quantile` gives a part of the way from one value to the next, to the last bit."""
    apart = high - low
    return high - apart * (1.0 - part) if part >= 0.5 else low + apart * part


class Ages:
    """Ages at landing by region, for groups of boats.

    Parameters
    ----------
    counts : Counts
        ``Tallies.ages``.
    belongs : ndarray of int, shape (stretch, region)
        0 or 1.
    groups : list of Group
    quantiles : tuple of float
    """

    def __init__(self, counts: Counts, belongs: AnyArray, groups: list[Group], quantiles: tuple[float, ...]) -> None:
        self._counts, self._belongs, self._groups, self._quantiles = counts, belongs, groups, quantiles
        _, _, self._stretch, self._bin = counts.codes
        self._first = int(self._bin.min()) if len(counts) else 0
        self._bins = int(self._bin.max(initial=self._first)) + 1 - self._first
        self._wanted = np.zeros(len(counts), bool)
        for group in groups:
            self._want(group)
        self._start = np.concatenate([[0], np.cumsum(np.where(self._wanted, counts.count, 0))])
        self._values: AnyArray = np.empty(0, np.float32)

    def _histogram(self, group: Group) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Landings of a group up to each bin, (region, bin), and where each (stretch, bin) is counted, (row,)."""
        rows = slice(*group)
        cell = self._stretch[rows] * self._bins + self._bin[rows] - self._first
        size = self._belongs.shape[0] * self._bins
        by_leaf = np.zeros(size, np.int64)
        np.add.at(by_leaf, cell, self._counts.count[rows])
        return np.cumsum(self._belongs.T @ by_leaf.reshape(-1, self._bins), axis=1), cell

    def _ranks(self, upto: NDArray[np.int64]) -> Iterator[tuple[int, int, int, float]]:
        """Region, quantile, and for both ends between which it lies their common rank and the part of the way."""
        for region in np.flatnonzero(upto[:, -1]):
            for i, q in enumerate(self._quantiles):
                place = float(upto[region, -1] - 1) * q
                yield int(region), i, int(place), place - int(place)

    def _want(self, group: Group) -> None:
        upto, cell = self._histogram(group)
        wanted = np.zeros((self._belongs.shape[0], self._bins), bool)
        for region, _, rank, _ in self._ranks(upto):
            for k in (rank, min(rank + 1, int(upto[region, -1]) - 1)):
                wanted[self._belongs[:, region] == 1, np.searchsorted(upto[region], k, side="right")] = True
        self._wanted[slice(*group)] |= wanted.ravel()[cell]

    def look(self, passes: Iterable[tuple[NDArray[np.int64], AnyArray]]) -> None:
        """The second pass.

        Parameters
        ----------
        passes : iterable of (key, age)
            Of all boats that landed: the key of `Tallies.ages`, and the age, days.

        Raises
        ------
        ValueError
            If they are not the boats that were counted.
        """
        rows: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        ages: list[AnyArray] = [np.empty(0, np.float32)]
        for key, age in passes:
            row = np.searchsorted(self._counts.key, key)
            known = np.minimum(row, len(self._counts) - 1)
            if (self._counts.key[known] != key).any():
                raise ValueError("ages that were not counted")
            mine = self._wanted[row]
            rows.append(row[mine])
            ages.append(age[mine])
        row = np.concatenate(rows)
        if not np.array_equal(np.bincount(row, minlength=len(self._counts)), np.diff(self._start)):
            raise ValueError("other ages than were counted")
        self._values = np.concatenate(ages)[np.argsort(row, kind="stable")]

    def quantiles(self, group: Group) -> Floats:
        """Quantiles of the ages of a group, (region, quantile), as numpy gives them; NaN where nothing landed."""
        upto, cell = self._histogram(group)
        stretch, at = np.divmod(cell, self._bins)
        out = np.full((self._belongs.shape[1], len(self._quantiles)), np.nan)
        sorted_bins: dict[tuple[int, int], Floats] = {}

        def ranked(region: int, rank: int) -> float:
            place = int(np.searchsorted(upto[region], rank, side="right"))
            if (region, place) not in sorted_bins:
                rows = np.flatnonzero((at == place) & (self._belongs[stretch, region] == 1)) + group.first
                values = [self._values[self._start[row] : self._start[row + 1]] for row in rows]
                sorted_bins[region, place] = np.sort(np.concatenate(values).astype(np.float64))
            below = int(upto[region, place - 1]) if place else 0
            return float(sorted_bins[region, place][rank - below])

        for region, i, rank, part in self._ranks(upto):
            following = min(rank + 1, int(upto[region, -1]) - 1)
            out[region, i] = between(ranked(region, rank), ranked(region, following), part)
        return out


def ages_of(
    column: Callable[[str], AnyArray], own: NDArray[np.bool_] | None = None, leaves: int = 0
) -> tuple[NDArray[np.int64], AnyArray]:
    """Key and age of the boats that landed, from a function that gives columns of the arrivals by name.

    Parameters
    ----------
    column : callable
    own : ndarray of bool, shape (boat, region), optional
        Which boats landed in regions of somebody's own: they count once more, as after so many ``leaves``.
    leaves : int
    """
    stretch = np.asarray(column("stretch"), np.int64)
    rows = np.flatnonzero((column("outcome") == Outcome.LANDED) & (stretch >= 0))
    leaf = stretch[rows]
    if own is not None:
        again, region = np.nonzero(own)
        rows, leaf = np.concatenate([rows, again]), np.concatenate([leaf, leaves + region])
    age = np.asarray(column("age_days"))[rows]
    fortnight = fortnight_of(np.asarray(column("release_time"))[rows])
    return keys(AGES_ROOM, np.asarray(column("source"))[rows], fortnight, leaf, age_bin(age)), age


_BINS_A_UNIT = 64


def quantiles(passes: Callable[[], Iterator[Floats]], at: tuple[float, ...]) -> list[float]:
    """Quantiles of values that come in pieces, twice in the same way: as numpy gives them for all at once.

    Parameters
    ----------
    passes : callable
        Gives the pieces, from the start each time.
    at : tuple of float
        0 to 1.
    """
    counts = Counts.added(Counts.of((), _bin(piece)) for piece in passes())
    upto = np.cumsum(counts.count)
    places = [float(upto[-1] - 1) * q for q in at]
    ranks = [(int(place), min(int(place) + 1, int(upto[-1]) - 1), place - int(place)) for place in places]
    rows = sorted({int(np.searchsorted(upto, k, side="right")) for low, high, _ in ranks for k in (low, high)})
    held: dict[int, list[Floats]] = {row: [] for row in rows}
    for piece in passes():
        for row in rows:
            held[row].append(piece[_bin(piece) == counts.key[row]])
    ordered = {row: np.sort(np.concatenate(pieces)) for row, pieces in held.items()}

    def ranked(k: int) -> float:
        row = int(np.searchsorted(upto, k, side="right"))
        return float(ordered[row][k - int(upto[row] - counts.count[row])])

    return [between(ranked(low), ranked(high), part) for low, high, part in ranks]


def _bin(values: Floats) -> NDArray[np.int64]:
    return np.floor(values * _BINS_A_UNIT).astype(np.int64)
