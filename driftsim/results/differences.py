"""Numbers of several runs or members held against each other: change of a share, correlation within members."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .intervals import FEWEST_MEMBERS


def share_change(
    k: NDArray[np.int64], n: NDArray[np.int64], k0: NDArray[np.int64], n0: NDArray[np.int64]
) -> tuple[float | None, float | None]:
    """How much a share differs from that of another run, and the standard error of the difference.

    Runs of one seed share their weather, so the members of the two are taken in pairs (jackknife, one pair left out at
    a time); for runs that share nothing the error comes out all the same.

    Parameters
    ----------
    k, n : array of int, shape (member,)
        Counts and what they are shares of.
    k0, n0 : array of int, shape (member,)
        Those of the other run.

    Returns
    -------
    tuple
        None where a run has no landing; no error with other members, or fewer than ten.
    """
    if not n.sum() or not n0.sum():
        return None, None
    change = float(k.sum() / n.sum() - k0.sum() / n0.sum())
    members = len(n)
    if members != len(n0) or members < FEWEST_MEMBERS or (n == n.sum()).any() or (n0 == n0.sum()).any():
        return change, None
    left_out = (k.sum() - k) / (n.sum() - n) - (k0.sum() - k0) / (n0.sum() - n0)
    return change, float(np.sqrt((members - 1) / members * np.square(left_out - left_out.mean()).sum()))


def pooled_correlation(counts: NDArray[np.float64]) -> float:
    """Correlation between boats of one member over all outcomes together (moment estimate), 0 to 1.

    Parameters
    ----------
    counts : (member, outcome)
        Boats of each member by outcomes that do not overlap and leave nothing out; they need not be whole.

    Returns
    -------
    float
        NaN with fewer than `FEWEST_MEMBERS` members, or too few boats in each.
    """
    trials = counts.sum(axis=1)
    k, n = counts[trials > 0.0], trials[trials > 0.0]
    members, total = n.size, n.sum()
    if members < FEWEST_MEMBERS:
        return float("nan")
    mean = k.sum(axis=0) / total
    apart = k - n[:, None] * mean
    clustered = members / (members - 1) * (apart * apart).sum()
    independent = total * (mean * (1.0 - mean)).sum()
    surplus = (n * n).sum() / total - 1.0
    return (
        float(np.clip((clustered / independent - 1.0) / surplus, 0.0, 1.0)) if surplus > 0.0 < independent else np.nan
    )
