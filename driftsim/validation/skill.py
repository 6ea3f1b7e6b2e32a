"""Skill: scores of a run beside those of named references, how sure a gain is, and what the record can show at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import statistics
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


class _Sample:
    """Completed records, and as many cases drawn from them as the record may be worth; the same for every forecast."""

    def __init__(self, records: Floats, rng: np.random.Generator) -> None:
        self._shares = records / records.sum(axis=1, keepdims=True)
        self._rng = rng
        self._drawn: dict[int, Floats] = {}

    def of(self, cases: int) -> Floats:
        """Counts of so many independent cases, (resample, bin)."""
        if cases not in self._drawn:
            self._drawn[cases] = self._rng.multinomial(cases, self._shares).astype(np.float64)
        return self._drawn[cases]


def compare(run: Landings, coast: Landings, others: Sequence[Landings], table: Table) -> dict[str, Any]:
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
    rng = np.random.default_rng(SEED)
    table = bins.joined(table)
    uniform = bins.uniform_shares(coast, table)
    records = completed(table, uniform, rng, RESAMPLES)
    mean_record, sample = records.mean(axis=0), _Sample(records, rng)
    worths = [max(1, int(sum(table.low) * worth / LOCATED)) for worth in WORTHS]
    worth = worths[WORTHS.index(EFFECTIVE)]
    season = statistics.pooled_correlation(run.between(table.first, table.last).counts(table.groups))
    season = 0.0 if np.isnan(season) else season
    rows: list[dict[str, Any]] = []
    shares: list[Floats] = []
    whole: list[list[Predictive]] = []
    for forecast in (run, coast, *others):
        own = forecast is run
        shares.append(_shares(forecast, table, uniform))
        whole.append([_whole(forecast, table, uniform, 0.0 if own else season, clustering_of(n)) for n in WORTHS])
        row: dict[str, Any] = {"name": forecast.name, "shares": shares[-1].tolist()}
        row |= {name: float(score(shares[-1], mean_record)) for name, score in NAMES.items()}
        each = [of.log_probability(table.low, table.high, table.totals) for of in whole[-1]]
        row["log_probability"] = [{"cases": n, "value": value} for n, value in zip(worths, each, strict=True)]
        if own:
            cases = int(np.median(table.totals))
            seasons = [of.draw(rng, cases, REPLICATES) for of in whole[0]]
        else:
            for name in NAMES:
                row[f"gain_{name}"] = _gain(name, shares[0], shares[-1], mean_record, sample, worths)
            row |= _expected(shares[0], shares[-1], seasons[WORTHS.index(EFFECTIVE)])
            row["evidence"] = [
                {"cases": n, **_evidence(mine, theirs, drawn, first["value"] - value, rng)}
                for n, mine, theirs, drawn, first, value in zip(
                    worths, whole[0], whole[-1], seasons, rows[0]["log_probability"], each, strict=True
                )
            ]
        rows.append(row)
    return {
        "table": table.name, "bins": [row[1] for row in table.rows], "recorded": mean_record.tolist(),
        "cases": float(mean_record.sum()), "effective_cases": worth, "worths": worths,
        "season_correlation": season, "saturated": _saturated(shares[0], mean_record, worth, rng),
        "run": rows[0], "references": rows[1:],
    }  # fmt: skip


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


def _gain(
    score: str, own: Floats, other: Floats, mean_record: Floats, sample: _Sample, worths: Sequence[int]
) -> dict[str, Any]:
    """Gain a case, its 95 % interval by what the record is worth, and from how many cases on it is better or worse."""
    of = NAMES[score]

    def interval(cases: int) -> tuple[float, float]:
        low, high = np.quantile(GOOD[score] * (of(own, sample.of(cases)) - of(other, sample.of(cases))), [0.025, 0.975])
        return float(low), float(high)

    mean = GOOD[score] * float(of(own, mean_record) - of(other, mean_record))
    ends = [interval(cases) for cases in worths]
    return {
        "mean": mean,
        "by_worth": [{"cases": n, "low": low, "high": high} for n, (low, high) in zip(worths, ends, strict=True)],
        "better": all(low > 0.0 for low, _ in ends),
        "worse": all(high < 0.0 for _, high in ends),
        "from_cases": _from_cases(interval, worths, ends, mean, int(mean_record.sum())),
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


def _expected(own: Floats, other: Floats, seasons: NDArray[np.int64]) -> dict[str, Any]:
    """Gain in log score a case if the run were true and if the reference were, and seasons that would show the first.

    Parameters
    ----------
    own, other : (bin,)
        Shares.
    seasons : (season, bin)
        Cases by bin of seasons of the run, which say how much the gain of one season strays.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(own + other > 0.0, np.log(own) - np.log(other), 0.0)
    gain = float((own * ratio).sum())
    spread = float((seasons @ ratio / seasons.sum(axis=1)).std())
    return {
        "gain_if_run_true": gain,
        "gain_if_reference_true": float((other * ratio).sum()),
        "seasons_needed": int(np.ceil((sum(SURE) * spread / gain) ** 2)) if gain > 1e-9 else None,
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
