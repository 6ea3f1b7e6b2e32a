"""Skill: scores of a run beside those of named references, how sure a gain is, and what the record can show at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..results import differences
from ..system.kinds import Json
from . import bins, scores
from . import counts as predicted
from .bins import SEED, UNIFORM_SHARE, Table
from .counts import Masses, Predictive
from .landings import Landings
from .seasons import EFFECTIVE, LOCATED, WORTHS, clustering_of

Floats = NDArray[np.float64]

RESAMPLES = 4000
REPLICATES = 1000
SURE = 1.959964, 0.841621
"""Standard errors of a 95 % interval, and those beyond it that make a gain show in four seasons of five."""

NAMES = {"log_score": scores.log_score, "brier": scores.brier_score, "rps": scores.ranked_probability_score}
GOOD = {"log_score": 1.0, "brier": -1.0, "rps": -1.0}
"""Which way is better: a positive gain is a better run."""


def completed(table: Table, uniform: Floats, rng: np.random.Generator, size: int) -> Floats:
    """Records without gaps, (size, bin): a number for every bin within what is known, all as likely as each other.

    What the known ranges leave of the total goes, case by case, to bins without an upper end, by length of coast.
    """
    low = np.array(table.low)
    closed = np.array([row[3] is not None and row[2] is not None for row in table.rows])
    high = np.where(closed, table.high, low)
    open_share = np.where(closed, 0.0, uniform)
    out: list[Floats] = []
    while len(out) < size:
        number = rng.integers(low, high + 1)
        left = int(rng.choice(table.totals)) - int(number.sum())
        if left < 0 or (left > 0 and not open_share.any()):
            left = 0  # the total is the least certain of all
        extra = rng.multinomial(left, open_share / open_share.sum()) if left else 0
        out.append((number + extra).astype(np.float64))
    return np.array(out)


class _Basis:
    """A record as it is scored: its bins, its completions, and as many cases of them as it may be worth.

    Attributes
    ----------
    table : Table
        With coasts without a count that adjoin as one bin.
    uniform : (bin,)
        Shares of the uniform forecast.
    mean_record : (bin,)
        Mean of the completions.
    worths : list of int
        Effective cases of this table, where 80 cases are worth `WORTHS`.
    worth : int
        That of them which stands for `EFFECTIVE`.
    rng
    """

    def __init__(self, coast: Landings, table: Table) -> None:
        self.rng = np.random.default_rng(SEED)
        self.table = bins.joined(table)
        self.uniform = bins.uniform_shares(coast, self.table)
        records = completed(self.table, self.uniform, self.rng, RESAMPLES)
        self.mean_record = records.mean(axis=0)
        self.worths = [max(1, int(sum(self.table.low) * worth / LOCATED)) for worth in WORTHS]
        self.worth = self.worths[WORTHS.index(EFFECTIVE)]
        self._shares = records / records.sum(axis=1, keepdims=True)
        self._drawn: dict[int, Floats] = {}

    def sample(self, cases: int) -> Floats:
        """Counts of so many independent cases, (resample, bin); the same for every forecast."""
        if cases not in self._drawn:
            self._drawn[cases] = self.rng.multinomial(cases, self._shares).astype(np.float64)
        return self._drawn[cases]


def over_uniform(run: Landings, coast: Landings, table: Table) -> Json:
    """Log score a case of a run and its gain over the uniform forecast alone.

    Returns
    -------
    dict
        ``log_score``, ``gain``, ``low`` and ``high`` (95 %, at `EFFECTIVE`), ``by_worth``, ``from_cases``.
    """
    of = _Basis(coast, table)
    own, other = (_shares(forecast, of.table, of.uniform) for forecast in (run, coast))
    gain = _gain("log_score", own, other, of)
    end = next(end for end in gain["by_worth"] if end["cases"] == of.worth)
    return {
        "log_score": float(scores.log_score(own, of.mean_record)),
        "gain": gain["mean"],
        "low": end["low"],
        "high": end["high"],
        "by_worth": gain["by_worth"],
        "from_cases": gain["from_cases"],
    }


def compare(run: Landings, coast: Landings, others: Sequence[Landings], table: Table) -> Json:
    """Scores of the run and of each reference on a table, and the run's gain over each.

    Parameters
    ----------
    run, coast, others
        The run, the uniform forecast, and the other references.
    table
        Bins in the order of the coast.

    Notes
    -----
    Scores are of single cases, given the run's mean shares. Their intervals come from resampling as many cases as the
    record may be worth (`WORTHS` of `LOCATED`), each time from another completion of the record.
    """
    of = _Basis(coast, table)
    season = differences.pooled_correlation(run.between(of.table.first, of.table.last).counts(of.table.groups))
    season = 0.0 if np.isnan(season) else season
    own, *references = (_Prediction.of(forecast, of, season) for forecast in (run, coast, *others))
    cases = int(np.median(of.table.totals))
    seasons = [one.draw(of.rng, cases, REPLICATES) for one in own.whole]
    beside = [other.scores(of) | _beside(own, other, seasons, of) for other in references]
    return {
        "table": of.table.name,
        "bins": [row[1] for row in of.table.rows],
        "recorded": of.mean_record.tolist(),
        "cases": float(of.mean_record.sum()),
        "effective_cases": of.worth,
        "worths": of.worths,
        "season_correlation": season,
        "saturated": _saturated(own.shares, of.mean_record, of.worth, of.rng),
        "run": own.scores(of),
        "references": beside,
    }


@dataclass(frozen=True)
class _Prediction:
    """A forecast of a table.

    Attributes
    ----------
    name
    shares : (bin,)
        Mean shares, with a part of the uniform ones.
    whole
        Of seasons, where the record is worth each of `WORTHS`.
    log_probability
        Of the table with its ranges, by the same.
    """

    name: str
    shares: Floats
    whole: list[Predictive]
    log_probability: list[float]

    @classmethod
    def of(cls, forecast: Landings, basis: _Basis, season: float) -> _Prediction:
        """That of landings; ``season``: correlation within a season of a forecast that has no members."""
        table = basis.table
        whole = [_whole(forecast, table, basis.uniform, season, clustering_of(worth)) for worth in WORTHS]
        each = [one.log_probability(table.low, table.high, table.totals) for one in whole]
        return cls(forecast.name, _shares(forecast, table, basis.uniform), whole, each)

    def scores(self, basis: _Basis) -> Json:
        """Its scores a case, and of the whole table."""
        by_worth = zip(basis.worths, self.log_probability, strict=True)
        return {
            "name": self.name,
            "shares": self.shares.tolist(),
            **{name: float(score(self.shares, basis.mean_record)) for name, score in NAMES.items()},
            "log_probability": [{"cases": n, "value": value} for n, value in by_worth],
        }


def _beside(own: _Prediction, other: _Prediction, seasons: list[NDArray[np.int64]], basis: _Basis) -> Json:
    """What the run gains over a reference; ``seasons``: of the run, by what the record is worth, (season, bin)."""
    columns = (basis.worths, own.whole, other.whole, seasons, own.log_probability, other.log_probability)
    return {
        **{f"gain_{name}": _gain(name, own.shares, other.shares, basis) for name in NAMES},
        **_expected(own.shares, other.shares, own.whole[WORTHS.index(EFFECTIVE)], int(seasons[0][0].sum())),
        "evidence": [
            {"cases": n, **_evidence(mine, theirs, drawn, value - its, basis.rng)}
            for n, mine, theirs, drawn, value, its in zip(*columns, strict=True)
        ],
    }


def _shares(forecast: Landings, table: Table, uniform: Floats) -> Floats:
    counts = forecast.between(table.first, table.last).counts(table.groups).sum(axis=0)
    share = counts / counts.sum() if counts.sum() > 0.0 else uniform
    return scores.mixed(share, uniform, UNIFORM_SHARE)


def _whole(forecast: Landings, table: Table, uniform: Floats, season: float, clustering: float) -> Predictive:
    """Seasons of a run as its members show them; of a reference, which has none, as variable as those of the run.

    Shares that were counted, those of other years, are also only as good as the number of cases.
    """
    if forecast.weight is not None:
        counted = 1.0 / (1.0 + forecast.cases * EFFECTIVE / LOCATED) if forecast.cases else 0.0
        spread = 1.0 - (1.0 - season) * (1.0 - counted)
        return predicted.fixed(_shares(forecast, table, uniform), clustering, spread)
    counts = forecast.between(table.first, table.last).counts(table.groups)
    return predicted.predict(counts, uniform, clustering, UNIFORM_SHARE)


def _gain(score: str, own: Floats, other: Floats, basis: _Basis) -> Json:
    """Gain a case, its 95 % interval by what the record is worth, and from how many cases on it is better or worse."""
    of, mean_record = NAMES[score], basis.mean_record

    def interval(cases: int) -> tuple[float, float]:
        drawn = basis.sample(cases)
        low, high = np.quantile(GOOD[score] * (of(own, drawn) - of(other, drawn)), [0.025, 0.975])
        return float(low), float(high)

    mean = GOOD[score] * float(of(own, mean_record) - of(other, mean_record))
    ends = [interval(cases) for cases in basis.worths]
    return {
        "mean": mean,
        "by_worth": [{"cases": n, "low": low, "high": high} for n, (low, high) in zip(basis.worths, ends, strict=True)],
        "better": all(low > 0.0 for low, _ in ends),
        "worse": all(high < 0.0 for _, high in ends),
        "from_cases": _from_cases(interval, basis.worths, ends, mean, int(mean_record.sum())),
    }


def _from_cases(
    interval: Any, worths: Sequence[int], ends: Sequence[tuple[float, float]], mean: float, most: int
) -> int | None:
    """Fewest effective cases at which 0 lies outside the interval, up to the number recorded; None: not even then."""

    def clear(end: tuple[float, float]) -> bool:
        return end[0] > 0.0 if mean > 0.0 else end[1] < 0.0

    outside = [n for n, end in zip(worths, ends, strict=True) if clear(end)]
    inside = [n for n, end in zip(worths, ends, strict=True) if not clear(end)]
    low, high = max(inside, default=0), min([n for n in outside if n > max(inside, default=0)], default=most)
    if mean == 0.0 or (not outside and not clear(interval(most))):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if clear(interval(middle)) else (middle, high)
    return high


def _expected(own: Floats, other: Floats, seasons: Predictive, cases: int) -> Json:
    """Gain in log score a case if the run were true and if the reference were, and seasons that would show the first.

    Parameters
    ----------
    own, other : (bin,)
        Shares.
    seasons
        What the run predicts, which says how much the gain of one season strays.
    cases
        Cases of a season.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(own + other > 0.0, np.log(own) - np.log(other), 0.0)
    gain, strays = float((own * ratio).sum()), seasons.deviation(ratio, cases)
    return {
        "gain_if_run_true": gain,
        "gain_if_reference_true": float((other * ratio).sum()),
        "seasons_needed": int(np.ceil((sum(SURE) * strays / gain) ** 2)) if gain > 1e-9 else None,
    }


def _saturated(own: Floats, mean_record: Floats, worth: int, rng: np.random.Generator) -> dict[str, float]:
    """Score of the record's own shares, which no forecast beats, and by how much chance lets them beat a true one."""
    share = mean_record / mean_record.sum()
    drawn = rng.multinomial(worth, own, RESAMPLES).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = np.where(drawn > 0.0, drawn * np.log(drawn / worth), 0.0).sum(axis=1) / worth
    log_score = float(scores.log_score(share, mean_record))
    return {
        "log_score": log_score,
        "headroom": log_score - float(scores.log_score(own, mean_record)),
        "headroom_if_run_true": float((entropy - scores.log_score(own, drawn)).mean()),
    }


def _evidence(
    own: Predictive, other: Predictive, seasons: NDArray[np.int64], log_odds: float, rng: np.random.Generator
) -> dict[str, float]:
    """Log of how many times as probable the whole record is under the run, and what either of the two would bring.

    Returns
    -------
    dict
        ``log_odds``; its 5 and 95 % points in seasons of the run and of the reference; and in what share of the seasons
        of the reference it would be that large or larger.
    """
    cases = int(seasons[0].sum())
    mine, theirs = (Masses(of, np.arange(cases + 1)).log for of in (own, other))
    by = {
        name: mine(drawn) - theirs(drawn)
        for name, drawn in (("run", seasons), ("reference", other.draw(rng, cases, REPLICATES)))
    }
    ends = {
        f"{end}_if_{name}_true": float(np.quantile(values, level))
        for name, values in by.items()
        for end, level in (("low", 0.05), ("high", 0.95))
    }
    return {"log_odds": log_odds, **ends, "chance_if_reference_true": float((by["reference"] >= log_odds).mean())}
