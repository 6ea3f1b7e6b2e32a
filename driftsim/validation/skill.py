"""Skill: scores of a run beside those of named references, with intervals, and whether a difference is noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import bins, scores
from . import counts as predicted
from .bins import SEED, UNIFORM_SHARE, Table
from .landings import Landings
from .seasons import CLUSTERING, EFFECTIVE, LOCATED

Floats = NDArray[np.float64]

RESAMPLES = 4000
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
    record is worth (`EFFECTIVE` of `LOCATED`), each time from another completion of the record.
    """
    rng = np.random.default_rng(SEED)
    table = bins.joined(table)
    uniform = bins.uniform_shares(coast, table)
    records = completed(table, uniform, rng, RESAMPLES)
    mean_record = records.mean(axis=0)
    worth = max(1, round(sum(table.low) * EFFECTIVE / LOCATED))
    sampled = rng.multinomial(worth, records / records.sum(axis=1, keepdims=True)).astype(np.float64)
    forecasts = {"run": run, coast.name: coast, **{other.name: other for other in others}}
    shares = {name: _shares(forecast, table, uniform) for name, forecast in forecasts.items()}
    rows = []
    for name, share in shares.items():
        row: dict[str, Any] = {"name": run.name if name == "run" else name, "shares": share.tolist()}
        for score, of in NAMES.items():
            row[score] = float(of(share, mean_record))
            if name != "run":
                gain = GOOD[score] * (of(shares["run"], sampled) - of(share, sampled))
                centre = GOOD[score] * float(of(shares["run"], mean_record) - of(share, mean_record))
                low, high = (float(end) for end in np.quantile(gain, [0.025, 0.975]))
                row[f"gain_{score}"] = {"mean": centre, "low": low, "high": high, "noise": low <= 0.0 <= high}
        row["log_probability"] = _joint(forecasts[name], table, uniform, reference=name != "run")
        rows.append(row)
    return {
        "table": table.name, "bins": [row[1] for row in table.rows], "recorded": mean_record.tolist(),
        "cases": float(mean_record.sum()), "effective_cases": worth, "run": rows[0], "references": rows[1:],
    }  # fmt: skip


def _shares(forecast: Landings, table: Table, uniform: Floats) -> Floats:
    counts = forecast.between(table.first, table.last).counts(table.groups).sum(axis=0)
    share = counts / counts.sum() if counts.sum() > 0.0 else uniform
    return scores.mixed(share, uniform, UNIFORM_SHARE)


def _joint(forecast: Landings, table: Table, uniform: Floats, *, reference: bool) -> float:
    """Log of the probability of the whole table: of a run by its seasons, of a reference without any."""
    if reference and forecast.weight is not None:
        whole = predicted.fixed(_shares(forecast, table, uniform), CLUSTERING)
    else:
        counts = forecast.between(table.first, table.last).counts(table.groups)
        whole = predicted.predict(counts, uniform, CLUSTERING, UNIFORM_SHARE)
    return whole.log_probability(table.low, table.high, table.totals)
