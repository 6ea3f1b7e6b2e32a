"""Seasons drawn from a run itself, with cases in bursts as the record has them, and what such a record is worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LOCATED, EFFECTIVE = 80.0, 36.0
"""Cases of 2017 with a known prefecture, and as how many independent ones they count.

Boats of one day are one event or several: were each day one event, 80 cases would count as 27, were each day and
prefecture one, as 55 (sums over the dated boats of November and December).
"""

WORTHS = (15.0, 25.0, 36.0, 55.0)
"""Effective cases of 80 for which every gain is given: 15 to 25 independent episodes ashore, and the two above."""


def clustering_of(effective: float) -> float:
    """Correlation between the cases of a season beyond what members have, where 80 are worth that many."""
    return (LOCATED / effective - 1.0) / (LOCATED - 1.0)


CLUSTERING = clustering_of(EFFECTIVE)
"""0.0155."""

BURST_END = 2.0 / (LOCATED / EFFECTIVE + 1.0)
"""Chance that a case is the last of its burst: with a mean of 1/q cases a burst the design effect is (2 - q)/q."""


class Season(NamedTuple):
    """A made-up record: the member that it was drawn from, and its cases by bin."""

    member: int
    cases: NDArray[np.int64]


def able(counts: Floats, cases: int, *, bursts: bool = True) -> NDArray[np.int64]:
    """Members with a boat for each burst of a season of so many cases, or for each case; (n,) numbers."""
    needed = np.ceil(BURST_END * cases) if bursts else cases
    return np.flatnonzero(np.rint(counts).sum(axis=1) >= needed)


def seasons(
    counts: Floats, cases: int, size: int, rng: np.random.Generator, *, bursts: bool = True
) -> Iterator[Season]:
    """Seasons of a run; none if no member has boats enough.

    Parameters
    ----------
    counts : (member, bin)
        Boats of the run.
    cases
        Cases of a season.
    size
        Number of seasons; each is of another member as long as there are any.
    rng
    bursts
        Cases come several at a time, so that they tell as much as `EFFECTIVE` of `LOCATED` independent ones.
    """
    members = able(counts, cases, bursts=bursts)
    if not members.size:
        return
    whole = np.rint(counts).astype(np.int64)
    for turn in range(size):
        if turn % members.size == 0:
            order = rng.permutation(members)
        member = int(order[turn % members.size])
        boats = rng.permutation(np.repeat(np.arange(counts.shape[1]), whole[member]))
        drawn = boats[(burst(cases, rng) if bursts else np.arange(cases)) % boats.size]
        yield Season(member, np.bincount(drawn, minlength=counts.shape[1]))


def burst(cases: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which boat each case is: bursts of a geometric number of cases, with the design effect of the record."""
    size = rng.geometric(BURST_END, cases)
    return np.repeat(np.arange(cases), size)[:cases]
