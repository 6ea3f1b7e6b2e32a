"""Shares in percent, with the digits that a reader can use."""

from __future__ import annotations

LEAST = 0.0005
"""A smaller share is shown as ``<0.1``: never a nought that is not one."""

WHOLE = 0.0095
"""From here on whole percents are enough for the ends of a range and for a map."""


def percent(share: float | None) -> str:
    """A share in percent to one decimal, without the sign: ``12.3``, ``<0.1``, ``–`` for None."""
    if share is None:
        return "–"
    return "<0.1" if 0.0 < share < LEAST else f"{100.0 * share:.1f}"


def rounded(share: float) -> str:
    """A share in percent, whole from 1 % on: ``12``, ``0.4``, ``<0.1``, ``0``."""
    return "0" if share <= 0.0 else percent(share) if share < WHOLE else f"{100.0 * share:.0f}"


def span(low: float | None, high: float | None) -> str:
    """A range of shares in percent: ``8–33 %``."""
    return "–" if low is None or high is None else f"{rounded(low)}–{rounded(high)} %"
