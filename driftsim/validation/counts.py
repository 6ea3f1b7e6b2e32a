r"""The distribution of counts over bins that a run predicts, and where a record with ranges stands in it.

A season is a member $m$ with shares $p_m$ of the landings. Of them a run knows $k_m$, its boats by bin, and how much
seasons differ (the correlation $\rho$ between boats of a member), so $p_m \sim \mathrm{Dir}(k_m + a\bar p)$ with
$a=(1-\rho)/\rho$. Cases come in bursts, which a second Dirichlet of fixed correlation stands for. The two are joined
into one that has the same mean and variance; the counts of $N$ cases are then Dirichlet-multinomial for each member,
and their mixture over members for the run.

A Dirichlet-multinomial is what independent negative binomial counts become when their sum is given. So the probability
that every bin stays within its range is a convolution of such counts, cut at the ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..results import differences
from .scores import mixed

Floats = NDArray[np.float64]
INDEPENDENT = 1e7
"""Concentration at which a Dirichlet-multinomial is a multinomial, to seven digits."""


@dataclass(frozen=True)
class Predictive:
    """Counts over bins as a run predicts them: a mixture of Dirichlet-multinomials.

    Attributes
    ----------
    alpha : (member, bin)
        Parameters of each member's Dirichlet.
    shares : (bin,)
        Mean shares.
    """

    alpha: Floats
    shares: Floats

    def marginal(self, totals: ArrayLike, column: int) -> Floats:
        """Probability of each number of cases in a bin, (number,), over totals that are as likely as each other."""
        return _beta_binomial(self.alpha[:, column], self.alpha.sum(axis=1), np.atleast_1d(totals))

    def log_probability(self, low: Sequence[int], high: Sequence[int], totals: ArrayLike) -> float:
        """Log of the probability that all bins stay within their ranges, over totals that are as likely as each other.

        Parameters
        ----------
        low, high : (bin,)
            Ranges, both ends included.
        totals : (n,)
            Numbers of cases over all bins.
        """
        n = np.atleast_1d(np.asarray(totals, np.int64))
        most = int(n.max())
        whole = self.alpha.sum(axis=1)
        stop = whole / (whole + n.mean())  # any will do; this keeps the counts near what is asked for
        joint = np.zeros((len(whole), most + 1))
        joint[:, 0] = 1.0
        number = np.arange(most + 1)
        for column, (least, top) in enumerate(zip(low, high, strict=True)):
            counts = np.exp(_negative_binomial(number, self.alpha[:, column], stop))
            counts[:, (number < least) | (number > top)] = 0.0
            joint = _convolved(joint, counts)
        each = joint[:, n] / np.exp(_negative_binomial(n, whole, stop))
        with np.errstate(divide="ignore"):
            return float(np.log(each.mean()))

    def deviation(self, value: Floats, cases: int) -> float:
        """Standard deviation over seasons of the mean over their cases of a value by bin, (bin,)."""
        whole = self.alpha.sum(axis=1)
        share = self.alpha / whole[:, None]
        mean = share @ value
        inside = share @ value**2 - mean**2
        within = inside * (1.0 + (cases - 1.0) / (whole + 1.0)) / cases
        return float(np.sqrt(within.mean() + mean.var()))

    def draw(self, rng: np.random.Generator, totals: ArrayLike, size: int) -> NDArray[np.int64]:
        """Seasons drawn from the prediction, (size, bin)."""
        member = rng.integers(0, len(self.alpha), size)
        chance = rng.standard_gamma(self.alpha[member])
        chance /= chance.sum(axis=1, keepdims=True)
        return rng.multinomial(rng.choice(np.atleast_1d(totals), size), chance)


class Masses:
    """Log probabilities of whole tables under a prediction, each given its number of cases.

    Parameters
    ----------
    of
    numbers : (n,) int
        Counts of a bin that the tables may have, ascending.
    """

    def __init__(self, of: Predictive, numbers: ArrayLike) -> None:
        from scipy.special import gammaln

        self.numbers = np.asarray(numbers, np.int64)
        alpha = np.maximum(of.alpha, 1e-12).T[:, None, :]
        self._rising = gammaln(self.numbers[:, None] + alpha) - gammaln(alpha)  # (bin, number, member)
        self._ways = gammaln(self.numbers + 1.0)
        self._whole = of.alpha.sum(axis=1)

    def log(self, tables: ArrayLike) -> Floats:
        """Log of the probability of each table; (size, bin) to (size,)."""
        from scipy.special import gammaln

        x = np.asarray(tables, np.int64)
        where, n = np.searchsorted(self.numbers, x), x.sum(axis=1)
        cases, whose = np.unique(n, return_inverse=True)
        each = (gammaln(self._whole) - gammaln(cases[:, None] + self._whole))[whose]
        for column, rising in enumerate(self._rising):
            each += rising[where[:, column]]
        top = each.max(axis=1)
        mean = np.exp(each - top[:, None]).mean(axis=1)
        found: Floats = gammaln(n + 1.0) - self._ways[where].sum(axis=1) + top + np.log(mean)
        return found


def predict(counts: ArrayLike, uniform: ArrayLike, clustering: float = 0.0, share: float = 0.01) -> Predictive:
    """What a run predicts.

    Parameters
    ----------
    counts : (member, bin)
        Boats of each member by bin; members without boats are left out.
    uniform : (bin,)
        Shares of the uniform forecast.
    clustering
        Correlation between cases of one season beyond what members have; 0: none.
    share
        Part of the uniform forecast that every member gets.
    """
    k = np.asarray(counts, np.float64)
    k = k[k.sum(axis=1) > 0.0]
    if not len(k):
        flat = np.asarray(uniform, np.float64)[None, :]
        return Predictive(flat * _joined(np.zeros(1), clustering)[:, None], flat[0])
    shares = k.sum(axis=0) / k.sum()
    rho = differences.pooled_correlation(k)
    # Too few members to tell how much they differ: their boats alone say what their shares are.
    prior = 1.0 if not np.isfinite(rho) else min(1.0 / max(rho, 1e-9) - 1.0, INDEPENDENT)
    posterior = k + prior * shares
    size = posterior.sum(axis=1)
    mean = mixed(posterior / size[:, None], uniform, share)
    joined = _joined(1.0 / (size + 1.0), clustering)
    return Predictive(mean * joined[:, None], mean.mean(axis=0))


def fixed(shares: ArrayLike, clustering: float = 0.0, season: float = 0.0) -> Predictive:
    """A prediction of mean shares (bin,), such as a reference makes; ``season``: correlation within a season."""
    p = np.asarray(shares, np.float64)
    return Predictive(p[None, :] * _joined(np.full(1, season), clustering)[:, None], p)


def _joined(first: Floats, second: float) -> Floats:
    """Concentration of the Dirichlet that has the correlation of two, one inside the other."""
    together = 1.0 - (1.0 - first) * (1.0 - second)
    return np.clip(1.0 / np.maximum(together, 1e-12) - 1.0, 1e-6, INDEPENDENT)


def _negative_binomial(number: NDArray[np.int64], size: Floats, stop: Floats) -> Floats:
    """Log probabilities (member, number)."""
    from scipy.special import gammaln

    x, r, p = number[None, :], np.maximum(size, 1e-12)[:, None], stop[:, None]
    found: Floats = gammaln(x + r) - gammaln(x + 1.0) - gammaln(r) + r * np.log(p) + x * np.log1p(-p)
    return found


def _convolved(a: Floats, b: Floats) -> Floats:
    """Distribution of the sum of two counts, (member, number), up to the largest number asked for."""
    out = np.zeros_like(a)
    for shift in np.flatnonzero(b.any(axis=0)):
        out[:, shift:] += b[:, shift, None] * a[:, : a.shape[1] - shift]
    return out


def _beta_binomial(alpha: Floats, whole: Floats, totals: NDArray[np.int64]) -> Floats:
    from scipy.special import betaln, gammaln

    number = np.arange(int(totals.max()) + 1)
    a, b = np.maximum(alpha, 1e-12)[:, None], np.maximum(whole - alpha, 1e-12)[:, None]  # a bin that nothing reaches
    inside, outside, ways = gammaln(number + a), gammaln(number + b), gammaln(number + 1.0)
    start = betaln(a, b)
    out = np.zeros(number.size)
    for total in totals:
        x = slice(0, total + 1)
        rest = slice(total, None, -1)
        each = inside[:, x] + outside[:, rest] - gammaln(total + a + b) - start
        out[x] += np.exp(ways[total] - ways[x] - ways[rest] + each).mean(axis=0)
    return out / len(totals)


def quantiles(probabilities: Floats, levels: Sequence[float]) -> list[int]:
    """The smallest numbers whose cumulative probability reaches each level."""
    found: list[int] = np.searchsorted(np.cumsum(probabilities), np.asarray(levels) - 1e-12).tolist()
    return found


def place(probabilities: Floats, low: int | None, high: int | None) -> tuple[float, float]:
    """Where a count of a known range stands: probability of less than its least, and of at most its most."""
    below = np.concatenate([[0.0], np.cumsum(probabilities)])
    least = 0 if low is None else min(low, len(probabilities))
    most = len(probabilities) - 1 if high is None else min(high, len(probabilities) - 1)
    return float(min(below[least], 1.0)), float(min(below[most + 1], 1.0))


def p_values(probabilities: Floats, low: int | None, high: int | None) -> tuple[float, float]:
    """Least and greatest two-sided p-value, twice the smaller tail with the count in it, of the counts in a range."""
    below = np.concatenate([[0.0], np.cumsum(probabilities)])
    least = 0 if low is None else min(low, len(probabilities) - 1)
    most = len(probabilities) - 1 if high is None else min(high, len(probabilities) - 1)
    number = np.arange(least, most + 1)
    p = np.clip(2.0 * np.minimum(below[number + 1], 1.0 - below[number]), 0.0, 1.0)
    return float(p.min()), float(p.max())
