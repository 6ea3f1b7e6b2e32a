"""Reads what earlier versions wrote, and keeps for a version the names that they used.

Version 0.1 knew one sea only: its results say nothing of their area, and their shares bear the name of its home.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..area.area import default
from ..system.errors import InputError
from ..system.kinds import Json

FORMAT = 2
"""Format number of the results that this version writes; those of 0.1 have none, and are number 1."""

OLD_SHARE = "share_of_japan"
"""What ``share_of_home`` was called in 0.1."""


def keep_old_keys(summary: Json) -> Json:
    """The summary with the old names beside the new ones, in the area that had them; until the version after next."""
    if summary["area"]["key"] == default().key:
        for numbers in _numbers(summary):
            numbers[OLD_SHARE] = numbers["share_of_home"]
    return summary


def upgrade(summary: object, file: Path) -> object:
    """A summary as it was read, with the names and tables of this version.

    Raises
    ------
    InputError
        If a later version wrote it.
    """
    if not isinstance(summary, dict):
        return summary
    number = summary.get("format", 1)
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise InputError(f"{file}: format {number!r} is no format number of results; run it again")
    if number > FORMAT:
        raise InputError(
            f"{file}: results of format {number}, written by a later version of driftsim; this one reads up to "
            f"format {FORMAT}: install the later version"
        )
    if number == 1:
        summary = {**summary, "area": default().described()}
        for numbers in _numbers(summary):
            numbers.setdefault("share_of_home", numbers.get(OLD_SHARE))
    return summary


def _numbers(summary: Json) -> Iterator[Json]:
    """Numbers of regions, of the whole run and of its parts."""
    parts = [summary, *(p for name in ("sources", "by_source") for p in _list(summary.get(name)))]
    for part in parts:
        regions = part.get("regions") if isinstance(part, dict) else None
        if isinstance(regions, dict):
            yield from (numbers for numbers in regions.values() if isinstance(numbers, dict))


def _list(value: object) -> list[Json]:
    return value if isinstance(value, list) else []
