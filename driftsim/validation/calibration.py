"""Seasons drawn from a run itself: whether the check is right about a run that is right, and sees one that is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import bins, scores
from . import counts as predicted
from .bins import EFFECTIVE, LOCATED, UNIFORM_SHARE

Floats = NDArray[np.float64]


class Season(NamedTuple):
    """A made-up record: the member that it was drawn from, and its cases by bin."""

    member: int
    cases: NDArray[np.int64]


def seasons(
    counts: Floats, cases: int, size: int, rng: np.random.Generator, *, bursts: bool = True
) -> Iterator[Season]:
    """Seasons of a run.

    Parameters
    ----------
    counts : (member, bin)
        Boats of the run.
    cases
        Cases of a season; a member must have that many boats.
    size
        Number of seasons; each is of another member as long as there are any.
    rng
    bursts
        Cases come several at a time, so that they tell as much as `EFFECTIVE` of `LOCATED` independent ones.
    """
    able = np.flatnonzero(counts.sum(axis=1) >= cases)
    for turn in range(size):
        if turn % able.size == 0:
            order = rng.permutation(able)
        member = int(order[turn % able.size])
        boats = np.repeat(np.arange(counts.shape[1]), counts[member].astype(np.int64))
        drawn = rng.permutation(boats)[:cases]
        if bursts:
            drawn = drawn[_burst(cases, rng)]
        yield Season(member, np.bincount(drawn, minlength=counts.shape[1]))


def _burst(cases: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which boat each case is: bursts of a geometric number of cases, with the design effect of the record.

    With a mean of $1/q$ cases a burst the design effect is $(2-q)/q$.
    """
    effect = LOCATED / EFFECTIVE
    size = rng.geometric(2.0 / (effect + 1.0), cases)
    return np.repeat(np.arange(cases), size)[:cases]


def places(
    counts: Floats, of: Sequence[Season], uniform: Floats, clustering: float, rng: np.random.Generator
) -> Floats:
    """Place of each season's counts in what a run predicts without the member that it was drawn from, (season, bin)."""
    out = np.empty((len(of), counts.shape[1]))
    for index, season in enumerate(of):
        others = np.delete(counts, season.member, axis=0)
        total = np.array([season.cases.sum()])
        for column, number in enumerate(season.cases.tolist()):
            chance = bins.marginal(others, column, uniform, total, clustering)
            low, high = predicted.place(chance, number, number)
            out[index, column] = low + rng.random() * (high - low)
    return out


def told_apart(
    right: Floats, wrong: Floats, of: Sequence[Season], uniform: Floats, clustering: float, seed: int = 1
) -> dict[str, Any]:
    """How often seasons of one run show that another is wrong.

    Parameters
    ----------
    right : (member, bin)
        Boats of the run that the seasons were drawn from.
    wrong : (member, bin)
        Boats of the other run.
    of
    uniform : (bin,)
    clustering
    seed

    Returns
    -------
    dict
        ``preferred``: share of the seasons to which the right run gives the larger probability; ``odds_20``: 20 times
        as large; ``rejected``: share in which some bin speaks against the wrong run at 5 % after correction;
        ``rejected_right``: the same of the right run, by mistake.
    """
    rng = np.random.default_rng(seed)
    gain: list[float] = []
    against: list[bool] = []
    mistaken: list[bool] = []
    other = predicted.predict(wrong, uniform, clustering, UNIFORM_SHARE)
    for season in of:
        own = predicted.predict(np.delete(right, season.member, axis=0), uniform, clustering, UNIFORM_SHARE)
        cases, total = season.cases.tolist(), [int(season.cases.sum())]
        gain.append(own.log_probability(cases, cases, total) - other.log_probability(cases, cases, total))
        for rows, found in ((wrong, against), (np.delete(right, season.member, axis=0), mistaken)):
            place = [
                predicted.place(bins.marginal(rows, column, uniform, np.array(total), clustering), number, number)
                for column, number in enumerate(cases)
            ]
            u = np.array([low + rng.random() * (high - low) for low, high in place])
            found.append(bool(2.0 * np.minimum(u, 1.0 - u).min() * len(cases) < 0.05))
    return {
        "preferred": float(np.mean(np.array(gain) > 0.0)),
        "odds_20": float(np.mean(np.array(gain) > np.log(20.0))),
        "rejected": float(np.mean(against)),
        "rejected_right": float(np.mean(mistaken)),
        "seasons": len(gain),
    }


def uniform_p(values: Floats) -> list[float]:
    """P-value of the test of Kolmogorov and Smirnov for each column of places."""
    return [scores.uniformity(column) for column in values.T]
