"""Ranges over members: the error of a run's mean, and what nine seasons in ten bring.

A member is a season: its boats share their weather and are not independent. Both ranges are over members, at one level
for the whole program. ``docs/explanation/statistics.md`` has the equations and what was found in trials.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..system.kinds import AnyArray

Floats = NDArray[np.float64]

LEVEL = 0.90
"""Of every range of the program: nine in ten."""

TAIL = 0.5 * (1.0 - LEVEL)
"""What a range leaves out at each end."""

REACH = 1.6448536269514722
"""Standard errors that a range reaches to each side, where the error is normal."""

PERCENT = f"{100.0 * LEVEL:.0f} %"
"""The level in words."""

FEWEST_MEMBERS = 10
"""Below this a variance over members is itself known to no better than half its size: the interval is binomial."""

FEWEST_SEASONS, FEWEST_BOATS, FEWEST_CASES, FEWEST_LANDINGS = 50.0, 100.0, 50.0, 4.0
"""Below these a range of seasons is not given: members; of each member boats, cases (of a share: landings in all), and
cases of the rarer kind. With fewer it held less than 0.86 of new seasons in trials."""

POOLING = 5.0
"""Landings' worth of weight with which the design effect of the whole run enters that of one region."""

EMPTY = (TAIL, 2.0 * TAIL)
"""Share of members without a landing from which the lower tail of a range begins to close, and at which it is shut."""


@dataclass(frozen=True)
class Intervals:
    """Proportions with their ranges; arrays of shape (region,), NaN where nothing can be said.

    Attributes
    ----------
    estimate : sum of the weights that did it over the sum of those that could have
    mean_low, mean_high : error of that estimate, members being clusters
    season_low, season_high : what nine seasons in ten bring, sampling noise taken out
    effective : number of independent boats that would give the same error of the mean
    method : "members" or, with fewer than ten of them, "sampling only"
    unknown : why there is no range of seasons: "" where there is one, else "members", "boats", "cases" or "landings",
        of which the run has too few
    """

    estimate: Floats
    mean_low: Floats
    mean_high: Floats
    season_low: Floats
    season_high: Floats
    effective: Floats
    method: str
    unknown: tuple[str, ...]


def wilson(successes: Floats, trials: Floats, quantile: float) -> tuple[Floats, Floats]:
    """Score interval of a proportion (Wilson 1927, doi:10.2307/2276774), for numbers that need not be whole.

    It lies inside [0, 1], is asymmetric near the ends, and is never a point: with no success it ends at
    ``quantile² / (trials + quantile²)``.
    """
    share = successes / trials
    square = quantile * quantile / trials
    centre = (share + 0.5 * square) / (1.0 + square)
    half = np.sqrt(square * (share * (1.0 - share) + 0.25 * square)) / (1.0 + square)
    low = np.where(successes <= 0.0, 0.0, np.maximum(centre - half, 0.0))  # exact ends: no rounding residue at 0 and 1
    high = np.where(successes >= trials, 1.0, np.minimum(centre + half, 1.0))
    return low, high


def intervals(
    sums: AnyArray,
    totals: AnyArray,
    *,
    leaves: AnyArray | None = None,
    cases: AnyArray | None = None,
    boats: AnyArray | None = None,
    weights: AnyArray | None = None,
) -> Intervals:
    """Proportions over all members, with both ranges.

    Parameters
    ----------
    sums : (member, region)
        Weight of each member's boats that did it; without weights, their number. Not above the totals.
    totals : (member,)
        Weight of each member's boats that could have; members may differ, or have none. When the totals are themselves
        random (a share of all landings), the same formulas are those of the linearised ratio estimator.
    leaves : (member, leaf), optional
        Sums of outcomes that do not overlap, from which the design effect of the whole run is taken. Default: ``sums``.
    cases : (member,), optional
        Independent boats that the totals are worth, ``(sum of weights)² / sum of squared weights``. Default: the
        totals.
    boats : (member,), optional
        Boats of each member, where the totals are only some of them. Default: ``cases``.
    weights : (member,), optional
        How much each season counts. Default: all alike.

    Returns
    -------
    Intervals
        Everything NaN when there are no totals.
    """
    from scipy.special import ndtri, stdtrit  # scipy.stats takes a second to import

    used = totals > 0 if weights is None else (totals > 0) & (weights > 0)
    regions = sums.shape[1]
    nothing = np.full(regions, np.nan)
    if not used.any():
        none = ("landings",) * regions
        return Intervals(nothing, nothing, nothing, nothing, nothing, nothing, "sampling only", none)
    total = totals[used].astype(np.float64)
    n = total if cases is None else cases[used].astype(np.float64)
    season = np.ones(total.size) if weights is None else weights[used].astype(np.float64)
    share: Floats = np.asarray(sums[used] / total[:, None], np.float64)
    of_leaves = share if leaves is None else np.asarray(leaves[used] / total[:, None], np.float64)
    part = season * total / (season * total).sum()
    members = float(season.sum() ** 2 / (season * season).sum())
    estimate = np.clip(part @ share, 0.0, 1.0)
    crew = totals if boats is None else boats
    manned = np.ones(totals.size) if weights is None else weights
    manned = manned[crew > 0].astype(np.float64)
    too_few = "members" if manned.sum() ** 2 / (manned * manned).sum() < FEWEST_SEASONS else "cases"
    if members < FEWEST_MEMBERS:
        effective = np.full(regions, 1.0 / (part * part / n).sum())
        low, high = wilson(estimate * effective, effective, float(ndtri(1.0 - TAIL)))
        return Intervals(estimate, low, high, nothing, nothing, effective, "sampling only", (too_few,) * regions)
    effective = 1.0 / (part * part / n).sum() / _design_effect(share, part, n, members, of_leaves)
    low, high = wilson(estimate * effective, effective, float(stdtrit(members - 1.0, 1.0 - TAIL)))
    unknown = _unknown(share, n, n if boats is None else crew.astype(np.float64), season)
    if members < FEWEST_SEASONS:
        unknown = (too_few,) * regions
    known = np.array([not why for why in unknown])
    bottom, top = nothing.copy(), nothing.copy()
    if known.any():  # one season is not better known than the mean of all
        bottom[known], top[known] = seasons(share[:, known], n, season)
        bottom, top = np.minimum(bottom, low), np.maximum(top, high)
    return Intervals(estimate, low, high, bottom, top, effective, "members", unknown)


def seasons(share: Floats, n: Floats, weights: Floats, tail: float = TAIL) -> tuple[Floats, Floats]:
    """What nine seasons in ten bring, (region,) each end.

    The shares of members scatter by their seasons and by their few boats. Each is drawn towards the mean of all by the
    root of the part of its variance that is the season's; the ends are quantiles of what is left.

    A coast that some seasons miss altogether has no lower quantile: the closer the members without a landing come to
    one in ten, the more of the lower tail is given to the upper, and the range begins at nought.

    Parameters
    ----------
    share : (member, region)
    n : (member,)
        Boats that each share is of.
    weights : (member,)
        How much each member counts.
    tail : float
        What is left out at each end; by default a twentieth.
    """
    drawn, w = shrunk(share, n, weights)
    shut = [np.clip((w @ (share == end) - EMPTY[0]) / (EMPTY[1] - EMPTY[0]), 0.0, 1.0) for end in (0.0, 1.0)]
    low, high = (tail * (1.0 - here) * (1.0 + there) for here, there in (shut, shut[::-1]))
    return _quantiles(drawn, w, low), _quantiles(drawn, w, 1.0 - high)


def shrunk(share: Floats, n: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Shares of members with the noise of their few boats taken out, (member, region), and parts that members count.

    Parameters as for `seasons`.
    """
    w = weights / weights.sum()
    members = 1.0 / (w * w).sum()
    mean = w @ share
    apart = share - mean
    variance = w @ (apart * apart) * members / (members - 1.0)
    several = n > 1.0
    boat = (w[several] @ (share * (1.0 - share) * (n / np.maximum(n - 1.0, 1e-9))[:, None])[several]) / w[several].sum()
    noise = boat * (w @ (1.0 / n))
    # The variance of so many members is known to sqrt(2 / (members - 1)) of itself: the difference does not end at 0.
    error = variance * np.sqrt(2.0 / (members - 1.0))
    of_season = 0.5 * (variance - noise + np.hypot(variance - noise, error))
    with np.errstate(invalid="ignore", divide="ignore"):
        kept = np.sqrt(of_season / (of_season + boat / n[:, None]))
    return mean + np.where(np.isfinite(kept), np.minimum(kept, 1.0), 0.0) * apart, w


def _quantiles(values: Floats, w: Floats, q: Floats) -> Floats:
    """Quantile ``q`` (region,) of each column, by weights that add up to 1; 0 and 1 lie beyond the last members.

    With equal weights the i-th of M values stands at i / (M + 1): between two of them lies the expected part of a new
    value.
    """
    order = np.argsort(values, axis=0, kind="stable")
    weight = w[order]
    upto = np.cumsum(weight, axis=0)
    one = (w * w).sum()
    place = (upto - 0.5 * weight + 0.5 * one) / (1.0 + one)
    out = np.empty(values.shape[1])
    for i, ranked in enumerate(np.take_along_axis(values, order, axis=0).T):
        out[i] = np.interp(q[i], [0.0, *place[:, i], 1.0], [0.0, *ranked, 1.0])
    return out


def _unknown(share: Floats, n: Floats, boats: Floats, season: Floats) -> tuple[str, ...]:
    """Of what the members have too little for a range of seasons, by region; "" where there is enough."""
    w = season / season.sum()
    if boats.mean() < FEWEST_BOATS:
        return tuple(["boats"] * share.shape[1])
    if w @ n < FEWEST_CASES:
        return tuple(["cases"] * share.shape[1])
    landings = (w * n) @ share
    rarer = np.minimum(landings, w @ n - landings)
    return tuple("" if number >= FEWEST_LANDINGS else "landings" for number in rarer)


def _squares(share: Floats, part: Floats, n: Floats, members: float) -> tuple[Floats, Floats]:
    """Variance of the mean over clusters, and what independent boats would have; both (region,), as of counts."""
    boats = 1.0 / (part * part / n).sum()
    estimate = part @ share
    residual = part[:, None] * (share - estimate)
    clustered = members / (members - 1.0) * (residual * residual).sum(axis=0)
    return boats * boats * clustered, boats * estimate * (1.0 - estimate)


def _design_effect(share: Floats, part: Floats, n: Floats, members: float, leaves: Floats) -> Floats:
    """How many times the variance exceeds that of independent boats, (region,).

    A region with few landings tells little about it (with one landing the plain ratio is 1 whatever the truth), so each
    ratio is drawn towards that of the whole run, and that one towards the worst case, a member acting as one boat. Both
    fade with landings.
    """
    worst = (part * part).sum() / (part * part / n).sum()
    clustered, independent = (value.sum() for value in _squares(leaves, part, n, members))
    pooled = (clustered + POOLING * worst) / (independent + POOLING)
    clustered, independent = _squares(share, part, n, members)
    found: Floats = np.clip((clustered + POOLING * pooled) / (independent + POOLING), 1.0, worst)
    return found
