"""Records drawn from a run itself: whether the check is right about a run that is right, and sees one that is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ..system.kinds import Json
from . import bins, joint, scores
from . import counts as predicted
from .bins import UNIFORM_SHARE
from .compare import AGAINST
from .counts import Masses
from .finds import Forecast, Target
from .seasons import Season

Floats = NDArray[np.float64]

SAME_EVENT_DAYS = 3.0
"""Boats of one member that land within so many days of each other are of one event of weather."""


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
) -> Json:
    """How often seasons of one run show that another is wrong.

    Parameters
    ----------
    right : (member, bin)
        Boats of the run that the seasons were drawn from.
    wrong : (member, bin)
        Boats of the other run.
    of
        Seasons of equally many cases.
    uniform : (bin,)
    clustering
    seed

    Returns
    -------
    dict
        ``preferred``: share of the seasons to which the right run gives the larger probability, where a coin has one
        in two; ``odds_20``: 20 times as large; ``rejected``: share in which the whole table speaks against the wrong
        run at 5 %, calibrated; ``rejected_by_a_bin``: in which some bin does after correction; ``rejected_right`` and
        ``rejected_right_by_a_bin``: the same of the right run, by mistake.
    """
    rng = np.random.default_rng(seed)
    seasons = sorted(of, key=lambda season: season.member)
    cases = int(seasons[0].cases.sum())
    other = predicted.predict(wrong, uniform, clustering, UNIFORM_SHARE)
    tables = np.array([season.cases for season in seasons])
    theirs = Masses(other, np.arange(cases + 1)).log(tables)
    mine: list[float] = []
    mistaken: list[bool] = []
    for member, rows in groupby(seasons, key=lambda season: season.member):
        others = np.delete(right, member, axis=0)
        drawn = np.array([row.cases for row in rows])
        own = predicted.predict(others, uniform, clustering, UNIFORM_SHARE)
        mine += Masses(own, np.unique(drawn)).log(drawn).tolist()
        mistaken += _by_a_bin(others, drawn, uniform, clustering)
    gain = np.array(mine) - theirs
    return {
        "preferred": float((gain > 0.0).mean()),
        "odds_20": float((gain > np.log(20.0)).mean()),
        "rejected": float(_rejected(wrong, theirs, cases, uniform, clustering, rng).mean()),
        "rejected_by_a_bin": float(np.mean(_by_a_bin(wrong, tables, uniform, clustering))),
        "rejected_right": float(_rejected(right, np.array(mine), cases, uniform, clustering, rng).mean()),
        "rejected_right_by_a_bin": float(np.mean(mistaken)),
        "seasons": len(seasons),
    }


def _rejected(
    counts: Floats, statistic: Floats, cases: int, uniform: Floats, clustering: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Whether the whole table speaks against a run, as `driftsim.validation.joint.test` has it."""
    of = predicted.predict(counts, uniform, clustering, UNIFORM_SHARE)
    chances = joint.Chances(of, cases, rng)
    seen = joint.held_out(counts, uniform, clustering, UNIFORM_SHARE, cases, chances, rng)
    p = chances.p_value(statistic, cases)
    return (1.0 + np.searchsorted(np.sort(seen), p, side="right")) / (1.0 + seen.size) < AGAINST


def _by_a_bin(counts: Floats, tables: NDArray[np.int64], uniform: Floats, clustering: float) -> list[bool]:
    """Whether some bin speaks against a run, as `driftsim.validation.bins.compared` has it; one entry a table."""
    total = np.array([tables[0].sum()])
    p, tested = np.ones(tables.shape), np.zeros(tables.shape, bool)
    for column in range(tables.shape[1]):
        chance = bins.marginal(counts, column, uniform, total, clustering)
        for row, number in enumerate(tables[:, column].tolist()):
            low, high = predicted.place(chance, number, number)
            p[row, column] = predicted.p_values(chance, number, number)[1]
            tested[row, column] = high - low <= bins.VAGUE
    smallest = np.where(tested, p, 1.0).min(axis=1) * tested.sum(axis=1)
    found: list[bool] = (smallest < AGAINST).tolist()
    return found


def uniform_p(values: Floats) -> list[float]:
    """P-value of the test of Kolmogorov and Smirnov for each column of places."""
    return [scores.uniformity(column) for column in values.T]


def made_up_finds(truth: Forecast, of: Sequence[Target], rng: np.random.Generator) -> list[Target]:
    """Finds with the days, prefectures and precisions of those given, at places where another run has its landings.

    Finds of one day in one prefecture are of one event: boats of the same member that landed within `SAME_EVENT_DAYS`
    of the first, one boat more than once if there are too few.

    Parameters
    ----------
    truth
        The run that they are drawn from.
    of
    rng

    Returns
    -------
    list of Target
        By day and prefecture.
    """
    out: list[Target] = []
    ordered = sorted(of, key=lambda target: (target.event.date, target.group))
    for _, event in groupby(ordered, key=lambda target: (target.event.date, target.group)):
        finds = list(event)
        given = finds[0].group, finds[0].first, finds[0].last
        here = truth.inside(*given)
        on_line = np.flatnonzero(np.isin(here.line, truth.shore.inside(*given).line))
        first = int(rng.choice(on_line))
        same = (here.member == here.member[first]) & (np.abs(here.day - here.day[first]) <= SAME_EVENT_DAYS)
        rows = [first, *rng.choice(on_line[same[on_line]], len(finds) - 1).tolist()]
        out += [replace(one, line=int(here.line[k]), km=float(here.km[k])) for one, k in zip(finds, rows, strict=True)]
    return out
