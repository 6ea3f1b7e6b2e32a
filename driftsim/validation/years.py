"""Was a year unusual? Counts of a few years, one of which was looked at because it was the largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .records import Records, Total

TABLES = ("year", "fiscal")
"""Tables of counts by year: calendar years, and fiscal years from April on."""

FEWEST = 4
"""Years below which nothing can be said of how they vary."""


@dataclass(frozen=True)
class Largest:
    """The largest of some years' counts, among the others.

    Attributes
    ----------
    index : int
        Which year it is.
    dispersion : float
        Variance of the others over their mean: 1 if cases came singly and at one rate.
    p : float
        Chance that the largest of as many ordinary years stands out as much.
    p_single : float
        The same for a year that was chosen beforehand.
    """

    index: int
    dispersion: float
    p: float
    p_single: float


def largest(counts: Sequence[int]) -> Largest | None:
    """How far the largest count stands out, whatever the spread between ordinary years is.

    The test of Grubbs (1950, doi:10.1214/aoms/1177729885) for one outlier, on square roots, whose spread hardly depends
    on the mean: the largest against mean and spread of the others by Student's distribution, times the number of years,
    because the year was picked for its count. Where counts are Poisson with a mean that varies from year to year, p is
    below 0.05 in 5 to 6 % of ordinary records.

    Parameters
    ----------
    counts : sequence of int, shape (years,)

    Returns
    -------
    Largest or None
        None for fewer than `FEWEST` years, or where the others are all the same.
    """
    from scipy.stats import t as student

    roots = np.sqrt(np.asarray(counts, np.float64))
    if roots.size < FEWEST:
        return None
    index = int(roots.argmax())
    others = np.delete(roots, index)
    spread = float(others.std(ddof=1))
    if spread == 0.0:
        return None
    away = (roots[index] - others.mean()) / (spread * np.sqrt(1.0 + 1.0 / others.size))
    single = float(student.sf(away, others.size - 1))
    plain = np.delete(np.asarray(counts, np.float64), index)
    dispersion = float(plain.var(ddof=1) / plain.mean())
    return Largest(index, dispersion, min(1.0, roots.size * single), single)


def text(records: Records) -> list[str]:
    """The yearly counts of all areas together, and whether the largest is unusual; empty without such counts."""
    out = []
    for table in TABLES:
        rows = sorted((row for row in records.table(table) if row.area == "all"), key=lambda row: row.first)
        if rows:
            out.append(f"{'By year' if table == 'year' else 'By fiscal year, from April'}: {_counts(rows)}")
            out += _judged(rows)
    return out


def _name(row: Total) -> str:
    return f"{row.first.year}" if row.first.year == row.last.year else f"{row.first.year}/{row.last.year % 100:02d}"


def _counts(rows: Sequence[Total]) -> str:
    return ", ".join(f"{_name(row)} {row.text()}" for row in rows)


def _judged(rows: Sequence[Total]) -> list[str]:
    known = [row.best for row in rows if row.low is not None and row.low == row.high == row.best]
    if len(known) < len(rows):
        return ["  not every count is known: nothing is said of the largest"]
    found = largest([count for count in known if count is not None])
    if found is None:
        return ["  too few years, or all the same: nothing can be said of the largest"]
    verdict = "unusual" if found.p < 0.05 else "not shown to be unusual"
    return [
        f"  {_name(rows[found.index])}, the largest of {len(rows)}, is {verdict}: p = {found.p:.2f} "
        f"({found.p_single:.2f} had it been chosen beforehand);",
        f"  the others vary {found.dispersion:.1f} times as much as single cases at one rate would",
    ]
