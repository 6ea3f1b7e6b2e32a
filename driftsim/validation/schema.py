"""CSV read by a schema (Frictionless Table Schema); what does not fit is named by line and column, all at once."""

from __future__ import annotations

import csv
import difflib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..area.area import DEFAULT
from ..system import resources
from ..system.door import refuse_unreadable
from ..system.errors import InputError
from ..system.kinds import Json, JsonView

MOST_PROBLEMS = 12
"""Problems told of one file."""

LARGEST_BYTES, MOST_COLUMNS = 20_000_000, 200
"""Beyond these a file holds no records."""


YEARS = 1700, 2200
"""A day outside is mistyped; a few centuries further, days cannot be counted at all."""

Day = TypeVar("Day", bound=date)


class Row(NamedTuple):
    """A row of a table: its line in the file, and its values by column; what is empty is None."""

    line: int
    values: Json


@cache
def schemas(package: str = "datapackage.json") -> dict[str, list[Json]]:
    """Fields of each resource of a data package, by its name."""
    content = json.loads((resources.data("areas") / DEFAULT / "records" / package).read_text(encoding="utf-8"))
    return {resource["name"]: resource["schema"]["fields"] for resource in content["resources"]}


def header(file: Path) -> list[str]:
    """Column names of a CSV file.

    Raises
    ------
    InputError
        If it cannot be read as text or is empty.
    """
    size = refuse_unreadable(file, "give a CSV file")
    try:
        if size > LARGEST_BYTES:
            raise InputError(f"{file}: is larger than {LARGEST_BYTES // 10**6} MB; give a CSV of records")
        with open(file, encoding="utf-8-sig", newline="") as lines:
            names = [name.strip() for name in next(csv.reader(lines))]
        if len(names) > MOST_COLUMNS:
            raise InputError(f"{file}: line 1: has {len(names)} columns; give a CSV of records with a header line")
        return names
    except StopIteration as problem:
        raise InputError(f"{file}: is empty; give a CSV with a header line") from problem
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise InputError(f"{file}: cannot be read ({reason}); give a CSV file in UTF-8") from problem


def read(file: Path, fields: Sequence[JsonView]) -> list[Row]:
    """Rows of a CSV file, checked and typed.

    Parameters
    ----------
    file
        UTF-8, a header line first; columns in any order, those that are not required may be missing.
    fields
        Table Schema fields: name, type (string, number, integer, date, datetime), constraints (required, unique, enum,
        minimum, maximum).

    Raises
    ------
    InputError
        With every problem found, up to `MOST_PROBLEMS`: line, column, value, what is allowed.
    """
    names = header(file)
    problems = _columns(names, fields)
    if problems:
        raise InputError(f"{file}: " + _told(problems))
    by_name = {field["name"]: field for field in fields}
    seen: dict[str, dict[object, int]] = {name: {} for name, field in by_name.items() if _rule(field, "unique")}
    rows: list[Row] = []
    with open(file, encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        try:
            for cells in reader:
                if cells and any(cell.strip() for cell in cells):
                    rows.append(_row(reader.line_num, names, cells, by_name, seen, problems))
        except (csv.Error, UnicodeDecodeError) as problem:
            problems.append(f"line {reader.line_num + 1}: {problem}")
    if problems:
        raise InputError(f"{file}: " + _told(problems))
    if not rows:
        raise InputError(f"{file}: has a header line but no rows")
    return rows


def _told(problems: Sequence[str]) -> str:
    more = f"; and {len(problems) - MOST_PROBLEMS} more" if len(problems) > MOST_PROBLEMS else ""
    return "; ".join(problems[:MOST_PROBLEMS]) + more


def shown(cell: str) -> str:
    """A cell between quotes, cut short, without anything that a terminal would act on."""
    return repr(cell if len(cell) <= 60 else f"{cell[:56]} ...")


def _rule(field: JsonView, name: str) -> Any:
    return field.get("constraints", {}).get(name)


def _columns(names: Sequence[str], fields: Sequence[JsonView]) -> list[str]:
    known = [field["name"] for field in fields]
    problems: list[str] = []
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name[:80], known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else "" if problems else f"; there is {', '.join(known)}"
            problems.append(f"line 1: unknown column {shown(name)}{hint}")
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    problems += [f"line 1: column {shown(name)} stands twice" for name in twice]
    missing = [f["name"] for f in fields if _rule(f, "required") and f["name"] not in names]
    return problems + [f"line 1: column {name!r} is missing" for name in missing]


def _row(
    line: int,
    names: Sequence[str],
    cells: Sequence[str],
    fields: Mapping[str, JsonView],
    seen: dict[str, dict[object, int]],
    problems: list[str],
) -> Row:
    if len(cells) != len(names):
        problems.append(f"line {line}: {len(cells)} values for {len(names)} columns; put commas in text between quotes")
    values: Json = dict.fromkeys(fields)
    for name, cell in zip(names, cells, strict=False):
        try:
            values[name] = _value(cell.strip(), fields[name])
        except ValueError as problem:
            problems.append(f"line {line}, column {name}: {problem}")
            continue
        if name in seen and values[name] in seen[name]:
            problems.append(
                f"line {line}, column {name}: {shown(cell)} stands in line {seen[name][values[name]]} already"
            )
        seen.get(name, {}).setdefault(values[name], line)
    return Row(line, values)


def _value(cell: str, field: JsonView) -> Any:
    """The typed value of a cell; ValueError says what is wrong with it."""
    if not cell:
        if _rule(field, "required"):
            raise ValueError("is empty")
        return None
    value = _typed(cell, field["type"])
    allowed = _rule(field, "enum")
    if allowed and value not in allowed:
        raise ValueError(f"{shown(cell)} is none of {', '.join(allowed)}")
    low, high = _rule(field, "minimum"), _rule(field, "maximum")
    if (low is not None and value < low) or (high is not None and value > high):
        allowed_range = f"{low if low is not None else ''} to {high if high is not None else ''}"
        raise ValueError(f"{cell[:60]} is not within {allowed_range}")
    return value


def moment(cell: str) -> datetime:
    """A time, UTC where it does not say; ValueError for what is none, or not within `YEARS`."""
    found = _plausible(datetime.fromisoformat(cell))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _plausible(day: Day) -> Day:
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise ValueError(f"its year is not within {YEARS[0]} to {YEARS[1]}")
    return day


def _typed(cell: str, kind: str) -> Any:
    try:
        if kind == "integer":
            return int(cell)
        if kind == "number":
            number = float(cell)
            if not math.isfinite(number):
                raise ValueError
            return number
        if kind == "date":
            return _plausible(date.fromisoformat(cell))
        if kind == "datetime":
            return moment(cell)
    except ValueError:
        years = f"in {YEARS[0]} to {YEARS[1]}"
        form = {
            "integer": "a whole number",
            "number": "a number",
            "date": f"a date such as 2017-11-23, {years}",
            "datetime": f"a time such as 2017-11-23T06:00:00Z, {years}",
        }
        raise ValueError(f"{shown(cell)} is not {form[kind]}") from None
    if not cell.isprintable():
        raise ValueError(f"{shown(cell)} holds line breaks, control characters or invisible ones")
    return cell
