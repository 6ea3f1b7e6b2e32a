r"""What moves the members of a run that draws its assumptions: the weather of their seasons, or the assumptions.

A member is a season of weather, its eddies, and one draw of what nobody knows. Its share of landings is

.. math:: y_m = \bar y + \beta^T (x_m - \bar x) + r_m ,

with x the draws and r what the weather leaves. A regression over members finds β; as the draws are independent of the
weather, the variances add: that of *any winter* is that of the assumptions and that of *weather alone*. The first-order
share of an assumption is the part of the variance that its own term explains (Saltelli et al. 2008, Global Sensitivity
Analysis, section 1.2.5, doi:10.1002/9780470725184), with the part that chance would explain taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..system.kinds import AnyArray
from .intervals import FEWEST_SEASONS, seasons

Floats = NDArray[np.float64]

MOST_TERMS = 0.25
"""Terms of the regression, as a part of the members: with more, what is left of the variance is known too badly."""

GROUPS = 25
"""Of members, left out in turn for the error of a first-order share (jackknife)."""


@dataclass(frozen=True)
class Spread:
    """The spread of shares over members, taken apart; arrays of shape (region,), NaN where nothing can be said.

    Attributes
    ----------
    weather_low, weather_high : what nine seasons in ten bring if the assumptions were known
    explained : part of the variance between members, counting error taken off, that the assumptions explain
    weather_sd, assumptions_sd : standard deviations of the two parts; their squares add up
    first_order, first_order_error : (assumption, region), the part of that variance by assumption, and its standard
        error
    """

    weather_low: Floats
    weather_high: Floats
    explained: Floats
    weather_sd: Floats
    assumptions_sd: Floats
    first_order: Floats
    first_order_error: Floats


def spread(
    sums: AnyArray,
    totals: AnyArray,
    draws: Floats,
    terms: Sequence[Sequence[int]],
    *,
    errors: bool = True,
) -> Spread:
    """Take the spread of the members' shares apart.

    Parameters
    ----------
    sums : (member, region)
        Boats of each member that did it.
    totals : (member,)
        Boats of each member that could have.
    draws : (member, column)
        What each member drew; several columns may belong to one assumption (weights of sources).
    terms : sequence of sequences of int
        Columns of each assumption.
    errors : bool
        Whether the errors of the first-order shares are wanted, which take most of the time; else they are NaN.

    Returns
    -------
    Spread
        Everything NaN with fewer than 50 members, or fewer than four members a column.
    """
    used = totals > 0
    n = totals[used].astype(np.float64)
    columns, members = _standardised(draws[used]), int(used.sum())
    if members < FEWEST_SEASONS or columns.shape[1] > MOST_TERMS * members:
        nothing = np.full(sums.shape[1], np.nan)
        none = np.full((len(terms), sums.shape[1]), np.nan)
        return Spread(nothing, nothing, nothing, nothing, nothing, none, none)
    share = np.asarray(sums[used] / n[:, None], np.float64)
    of = _parts(share, n, columns, terms)
    error = _jackknife(share, n, columns, terms) if errors else np.full_like(of.first_order, np.nan)
    weather = np.clip(of.mean + of.left * np.sqrt((members - 1) / of.free), 0.0, 1.0)
    low, high = seasons(weather, n, np.ones(members))
    with np.errstate(invalid="ignore", divide="ignore"):
        explained = np.where(of.varies > 0.0, of.moved / of.varies, np.nan)
    return Spread(low, high, explained, np.sqrt(of.varies - of.moved), np.sqrt(of.moved), of.first_order, error)


def _jackknife(share: Floats, n: Floats, columns: Floats, terms: Sequence[Sequence[int]]) -> Floats:
    """Standard errors of the first-order shares, groups of members being left out in turn."""
    group = np.arange(len(n)) % GROUPS
    without = [_parts(share[group != g], n[group != g], columns[group != g], terms).first_order for g in range(GROUPS)]
    error: Floats = np.sqrt((GROUPS - 1) / GROUPS * ((without - np.mean(without, axis=0)) ** 2).sum(axis=0))
    return error


class _Parts(NamedTuple):
    """Parts of the variance between members, (region,), and what the regression leaves of each, (member, region)."""

    mean: Floats
    left: Floats
    free: int
    varies: Floats
    moved: Floats
    first_order: Floats


def _parts(share: Floats, n: Floats, columns: Floats, terms: Sequence[Sequence[int]]) -> _Parts:
    """Regression of the shares (member, region) of so many boats (member,) on draws (member, column)."""
    members, part = len(n), n / n.sum()
    mean, columns = part @ share, columns - columns.mean(axis=0)
    inverse = np.linalg.pinv(columns.T @ columns, hermitian=True)  # shares add up to one: one column is the others'
    beta = inverse @ (columns.T @ (share - mean))
    left = share - mean - columns @ beta
    free = members - 1 - columns.shape[1]
    residual = (left * left).sum(axis=0) / free
    total = ((share - mean) ** 2).sum(axis=0) / (members - 1)
    boat = part @ (share * (1.0 - share) * (n / np.maximum(n - 1.0, 1.0))[:, None]) * (1.0 / n).mean()
    varies = np.maximum(total - boat, 0.0)
    first = np.zeros((len(terms), share.shape[1]))
    for i, term in enumerate(terms):
        own = list(term)
        spread_of = columns[:, own].T @ columns[:, own] / members
        form = np.einsum("kr,kl,lr->r", beta[own], spread_of, beta[own])
        chance = np.trace(spread_of @ inverse[np.ix_(own, own)]) * residual
        first[i] = np.divide(form - chance, varies, out=np.zeros_like(varies), where=varies > 0.0)
    return _Parts(mean, left, free, varies, np.clip(total - residual, 0.0, varies), first)


def _standardised(draws: Floats) -> Floats:
    """Columns that vary, mean 0 and variance 1; those that do not stay as noughts."""
    apart = draws - draws.mean(axis=0)
    sd = np.sqrt((apart * apart).mean(axis=0))
    found: Floats = np.divide(
        apart, sd, out=np.zeros_like(apart), where=sd > 1e-12 * np.maximum(np.abs(draws).max(axis=0), 1.0)
    )
    return found
