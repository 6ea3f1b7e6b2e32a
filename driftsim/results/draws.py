"""What each member drew of what nobody knows, as results carry it: a table in the arrivals, and ``members.csv``."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..system.disk import whole
from ..system.door import Variable
from ..system.kinds import Json
from ..system.text import cell

if TYPE_CHECKING:
    import xarray as xr

NAME, DIMENSIONS = "draws", ("season", "draw")
VARIABLES = {NAME: Variable("f8", DIMENSIONS, optional=True)}
"""What may stand in the arrivals."""


@dataclass(frozen=True, eq=False)
class Draws:
    """The draws of all members.

    Attributes
    ----------
    assumptions : tuple of dict
        Of each ``key``, ``distribution`` in words, and ``source`` ("" where the config names none).
    columns : tuple of str
        Names of the columns: a key, or a key and what it is the share of in square brackets.
    values : ndarray, shape (member, column)
    """

    assumptions: tuple[dict[str, str], ...]
    columns: tuple[str, ...]
    values: NDArray[np.float64]

    @property
    def terms(self) -> list[list[int]]:
        """Columns of each assumption."""
        own = [column.partition("[")[0] for column in self.columns]
        return [[i for i, key in enumerate(own) if key == of["key"]] for of in self.assumptions]


def variable(
    assumptions: Sequence[Mapping[str, str]], columns: Sequence[str], values: NDArray[np.float64]
) -> tuple[tuple[str, str], NDArray[np.float64], dict[str, str]]:
    """The table as a variable of the arrivals."""
    attrs = {
        "long_name": "what each member drew of what nobody knows, a row for each member",
        "columns": json.dumps(list(columns), ensure_ascii=False),
        "assumptions": json.dumps([dict(of) for of in assumptions], ensure_ascii=False),
    }
    return DIMENSIONS, values, attrs


def of(arrivals: xr.Dataset) -> Draws | None:
    """The draws that arrivals carry; None where members have nothing of their own."""
    if NAME not in arrivals:
        return None
    table = arrivals[NAME]
    known = json.loads(str(table.attrs["assumptions"]))
    return Draws(tuple(known), tuple(json.loads(str(table.attrs["columns"]))), table.values.astype(np.float64))


def wrong(arrivals: xr.Dataset) -> str:
    """What is wrong with the draws of arrivals that were read; empty where nothing is."""
    if NAME not in arrivals:
        return ""
    try:
        draws = of(arrivals)
        assert draws is not None
        known = all({"key", "distribution", "source"} <= set(one) for one in draws.assumptions)
        fits = draws.values.shape == (int(arrivals.attrs["members"]), len(draws.columns))
        complete = sorted(i for term in draws.terms for i in term) == list(range(len(draws.columns)))
    except (KeyError, ValueError, TypeError, AttributeError):
        return "does not say what was drawn"
    if not (known and fits and complete):
        return "must have a row for each member and a column for each draw"
    return "" if np.isfinite(draws.values).all() else "lacks values"


def write_members_csv(folder: Path, draws: Draws) -> None:
    """``members.csv``: a row for each member, what it drew."""
    with whole(folder / "members.csv") as beside, open(beside, "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["member", *(cell(name) for name in draws.columns)])
        for member, values in enumerate(draws.values.tolist()):
            rows.writerow([member, *(f"{value:.7g}" for value in values)])


def described(draws: Draws) -> list[Json]:
    """The assumptions for ``summary.json``."""
    return [dict(one) for one in draws.assumptions]
