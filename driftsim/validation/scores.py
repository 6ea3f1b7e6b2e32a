"""Scores of probability forecasts: proper ones, each a plain function of numbers.

Gneiting and Raftery 2007, doi:10.1198/016214506000001437, for what proper means and for the continuous ranked
probability score and the energy score; Brier 1950 and Epstein 1969 for the Brier and the ranked probability score.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def mixed(forecast: ArrayLike, uniform: ArrayLike, share: float) -> Floats:
    """A forecast of probabilities (..., bin) with a share of the uniform one, so that no event is impossible."""
    p = np.asarray(forecast, np.float64)
    return (1.0 - share) * p + share * np.asarray(uniform, np.float64)


def log_score(forecast: ArrayLike, counts: ArrayLike) -> Floats:
    """Mean of the log of the probability given to what happened; larger is better. In nats.

    Parameters
    ----------
    forecast : (bin,)
        Probabilities.
    counts : (..., bin)
        How often each bin happened.
    """
    n = np.asarray(counts, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(n > 0.0, n * np.log(np.asarray(forecast, np.float64)), 0.0)
        found: Floats = each.sum(axis=-1) / n.sum(axis=-1)
        return found


def brier_score(forecast: ArrayLike, counts: ArrayLike) -> Floats:
    """Mean of the sum over bins of squared errors; smaller is better, from 0 to 2.

    Parameters
    ----------
    forecast : (bin,)
    counts : (..., bin)
    """
    p, n = np.asarray(forecast, np.float64), np.asarray(counts, np.float64)
    share = n / n.sum(axis=-1, keepdims=True)
    found: Floats = (p * p).sum() - 2.0 * (share * p).sum(axis=-1) + 1.0
    return found


def ranked_probability_score(forecast: ArrayLike, counts: ArrayLike) -> Floats:
    """Mean of the squared errors of the cumulative probabilities over ordered bins, divided by bins less one.

    Smaller is better, from 0 to 1.

    Parameters
    ----------
    forecast : (bin,)
    counts : (..., bin)
    """
    p, n = np.asarray(forecast, np.float64), np.asarray(counts, np.float64)
    bins = p.shape[-1]
    cumulative = np.cumsum(p)[:-1]
    happened = np.cumsum(n / n.sum(axis=-1, keepdims=True), axis=-1)[..., :-1]  # share with an event at or before
    found: Floats = (cumulative**2 - 2.0 * cumulative * happened + happened).sum(axis=-1) / (bins - 1)
    return found


def crps(places: ArrayLike, weights: ArrayLike, observed: ArrayLike) -> Floats:
    """Continuous ranked probability score of a weighted sample: E|X - y| - E|X - X'|/2; smaller is better.

    Parameters
    ----------
    places, weights : (n,)
        The forecast.
    observed : (m,)

    Returns
    -------
    (m,) ndarray
        In the unit of the places.
    """
    x, w, y = (np.asarray(a, np.float64) for a in (places, weights, observed))
    order = np.argsort(x)
    x, w = x[order], w[order] / w.sum()
    below, part = np.cumsum(w), np.cumsum(w * x)
    index = np.searchsorted(x, y, side="right")
    share = np.where(index > 0, below[index - 1], 0.0)
    lower = np.where(index > 0, part[index - 1], 0.0)
    far = y * share - lower + (part[-1] - lower) - y * (1.0 - share)
    spread = float((w * (x * (below - w) - (part - w * x))).sum())  # half of E|X - X'|
    found: Floats = far - spread
    return found


def circular_crps(places: ArrayLike, weights: ArrayLike, observed: ArrayLike, round_km: float) -> Floats:
    """The same round a closed line, where the distance is that of the shorter way.

    Grimit et al. 2006, doi:10.1256/qj.05.235.

    Parameters
    ----------
    places, weights : (n,)
    observed : (m,)
    round_km
        Length of the line.
    """
    x, w, y = (np.asarray(a, np.float64) for a in (places, weights, observed))
    w = w / w.sum()

    def way(a: Floats, b: Floats) -> Floats:
        apart = np.abs(a[:, None] - b[None, :]) % round_km
        return np.minimum(apart, round_km - apart)

    found: Floats = way(y, x) @ w - 0.5 * float(w @ way(x, x) @ w)
    return found


def energy_score(members: ArrayLike, observed: ArrayLike) -> float:
    """E|X - y| - E|X - X'|/2 in the plane, for an ensemble of equal members; smaller is better.

    Parameters
    ----------
    members : (n, 2)
        Say km east and north.
    observed : (2,)
    """
    x, y = np.asarray(members, np.float64), np.asarray(observed, np.float64)
    apart = np.sqrt(((x[:, None, :] - x[None, :, :]) ** 2).sum(axis=-1))
    return float(np.sqrt(((x - y) ** 2).sum(axis=-1)).mean() - 0.5 * apart.mean())


def liu_weisberg(separation: ArrayLike, path: ArrayLike, tolerance: float = 1.0) -> float:
    """Skill 1 - s/n with s the summed separation over the summed length of the observed path; not clipped at 0.

    Liu and Weisberg 2011, doi:10.1029/2010JC006837, who set negative values to 0; a mean of clipped values is biased.

    Parameters
    ----------
    separation : (time,)
        Distance between track and observation at each time after the start.
    path : (time,)
        Length of the observed path from the start up to each of these times, in the same unit.
    tolerance
        Their n.
    """
    length = float(np.sum(path))
    return 1.0 - float(np.sum(separation)) / length / tolerance if length > 0.0 else float("nan")


def uniformity(values: ArrayLike) -> float:
    """P-value of the test of Kolmogorov and Smirnov that values are uniform on 0 to 1; NaN for fewer than two."""
    from scipy.stats import kstest

    x = np.asarray(values, np.float64)
    return float(kstest(x, "uniform").pvalue) if x.size > 1 else float("nan")
