"""A sweep file: one base config and named variations of it, each of which is a whole config."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from ..system.kinds import Json, JsonView
from . import values
from .describe import form
from .load import dotted, lines_of, load, overridden, parse, read
from .models import Config, File, Label, Point, Section, Title, key, listed
from .problems import ABSENT, ConfigError, Problem
from .toml_text import literal

BASE = "base"
"""Name and folder of the config that is varied."""

MOST = 1000
_NAME_LENGTH = 60


class Change(Section):
    """What a variation does to the base: ``set`` first, the others after it."""

    set: Json = key({}, 'Values by key, such as "wind.scale" = 0.85 or "release.sources[0].weight" = 2.')
    sources: tuple[Label, ...] = listed((), "Sources that stay; the others are left out.", form="a list of names")
    shift_deg: Point | None = key(
        None, "Moves every source, east and north; ports stay.", form="[east, north] in degrees"
    )
    shift_days: float | None = key(None, "Moves every date of release; later where positive.", ge=-3660.0, le=3660.0)


class VariationTable(Change):
    """One named change."""

    name: Title = key(..., "Label in the table and the plot; names the folder.", min_length=1, max_length=80)
    group: Title = key("", "The assumption that it varies; by default its name.", max_length=80)


class SweepTable(Section):
    """The table ``[sweep]``."""

    base: File = key(
        ..., "The config that is varied.", min_length=1, form="the name of a config, relative to this file"
    )
    title: Title = key("", "What stands above the table and the plot; by default that of the base.", max_length=200)
    set: Json = key({}, "Values by key for the base and every variation.")
    grid: dict[str, list[Any]] = key({}, "Values by key, every one with every other.", form="a table of lists")
    variation: tuple[VariationTable, ...] = listed((), "Changes, one at a time.", form="a list of tables")


class _File(Section):
    sweep: SweepTable = key(..., "A sweep.")


@dataclass(frozen=True)
class Variation:
    """A config under a name.

    Attributes
    ----------
    name, group : str
    folder : str
        Name of its folder.
    changes : dict
        What it changes, as in the file; empty for the base.
    config : Config
    """

    name: str
    group: str
    folder: str
    changes: Json
    config: Config


@dataclass(frozen=True)
class Sweep:
    """A base and its variations.

    Attributes
    ----------
    title : str
    variations : tuple of Variation
        The base first.
    files : tuple of Path
        What it was read from.
    """

    title: str
    variations: tuple[Variation, ...]
    files: tuple[FilePath, ...] = ()


def load_sweep(path: str | os.PathLike[str], overrides: JsonView | None = None) -> Sweep:
    """Read a sweep file and check every config that it makes.

    Parameters
    ----------
    path : path
        TOML with a table ``[sweep]``.
    overrides : mapping, optional
        Values by key for the base and every variation, over those of the file.

    Raises
    ------
    ConfigError
        For whatever is wrong in the file, in the base, or in one of the variations.
    """
    path = FilePath(path)
    data, text = read(path)
    try:
        table = _File.model_validate(data).sweep
    except ValidationError as error:
        found = lines_of(text)
        raise ConfigError(path, [_problem(one, data, found) for one in error.errors(include_url=False)[:200]]) from None
    base_path = path.parent / table.base
    base, _ = read(base_path)
    common, over = flat(table.set), overrides or {}
    plain = load(base_path, {**common, **over})  # what is wrong with the base is told with its lines
    if not any(name.partition(".")[0] == "uncertain" for name in (*common, *over)):
        # One assumption at a time: what members draw at once would be the noise of every difference.
        base.pop("uncertain", None)
        plain = plain.model_copy(update={"uncertain": None})
    title = table.title or plain.run.title
    made = [Variation(BASE, BASE, BASE, {}, plain)]
    taken = {BASE: BASE}
    for name, group, change in _changes(path, table):
        called = f'{path}: variation "{name}"'
        folder = _folder(name)
        if not folder:
            raise ConfigError(
                called, [Problem("", ABSENT, "must hold a letter or a digit, for the name of its folder")]
            )
        if folder in taken:
            raise ConfigError(called, [Problem("", ABSENT, f'is too like "{taken[folder]}": give another name')])
        taken[folder] = name
        tables = changed(base, change, {**common, **flat(change.set), **over}, base_path.parent, called)
        config = parse(tables, base_path.parent, name=called)
        if "run.title" not in flat(change.set):
            config = config.model_copy(update={"run": config.run.model_copy(update={"title": _title(title, name)})})
        made.append(Variation(name, group, folder, change.model_dump(exclude_defaults=True), config))
    return Sweep(title, tuple(made), (path, base_path))


def _title(title: str, name: str) -> str:
    return f"{title}: {name}"[:200] if title else name


def _changes(path: FilePath, table: SweepTable) -> Iterator[tuple[str, str, Change]]:
    for one in table.variation:
        yield one.name, one.group or one.name, one
    keys, lists = list(table.grid), list(table.grid.values())
    empty = [name for name, column in table.grid.items() if not column]
    if empty:
        raise ConfigError(path, [Problem(f"sweep.grid.{empty[0]}", [], "must hold one value at least")])
    number = len(table.variation) + (math.prod(map(len, lists)) if keys else 0)
    if number > MOST:
        raise ConfigError(path, [Problem("sweep", ABSENT, f"makes {number} variations; at most {MOST} are run")])
    if not number:
        raise ConfigError(path, [Problem("sweep", ABSENT, "has neither [[sweep.variation]] nor [sweep.grid]")])
    own = set(Change.model_fields) - {"set"}
    for point in itertools.product(*lists) if keys else ():
        chosen = dict(zip(keys, point, strict=True))
        given = {k: v for k, v in chosen.items() if k in own}
        try:
            change = Change.model_validate({**given, "set": {k: v for k, v in chosen.items() if k not in own}})
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]
            at = f"sweep.grid.{wrong['loc'][0]}"
            raise ConfigError(path, [Problem(at, wrong["input"], _must(wrong["loc"][0], Change))]) from None
        yield ", ".join(f"{k} {literal(v)}" for k, v in chosen.items()), "grid", change


def _folder(name: str) -> str:
    """Letters, digits and _ of a name; a long one is cut, with what tells it from its like."""
    token = values.label_token(re.sub(r"(?<!\w)-(?=[\d.])", "minus ", name))
    if len(token) <= _NAME_LENGTH:
        return token
    return f"{token[:_NAME_LENGTH]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def flat(tables: JsonView, before: str = "") -> Json:
    """Values by dotted key, from tables in tables."""
    out: Json = {}
    for name, value in tables.items():
        inner = isinstance(value, Mapping) and value
        out |= flat(value, f"{before}{name}.") if inner else {before + name: value}
    return out


# --- changes -------------------------------------------------------------------------------------------------------


def changed(base: JsonView, change: Change, given: JsonView, folder: FilePath, called: str) -> Json:
    """Tables of the base with a change made.

    Parameters
    ----------
    base : mapping
        Tables of a good config.
    change : Change
    given : mapping
        Values by key that are put in first.
    folder : path
        Where relative file names start.
    called : str
        What messages call the variation.
    """
    tables, _ = overridden(base, given, called)
    parse(tables, folder, name=called)  # so that the sources are known to be sources
    release = tables["release"]
    if change.sources:
        release["sources"] = _only(release["sources"], change.sources, called)
    if change.shift_deg is not None:
        _move(release["sources"], change.shift_deg, called)
    if change.shift_days is not None:
        _postpone(release, timedelta(days=change.shift_days))
    return tables


def _only(sources: list[Json], wanted: tuple[str, ...], called: str) -> list[Json]:
    names = [source["name"] for source in sources]
    for name in wanted:
        if name not in names:
            near = values.nearest(name, names)
            raise ConfigError(called, [Problem("sources", name, f"is no source: {', '.join(names)}", near)])
    return [source for source in sources if source["name"] in wanted]


def _move(sources: list[Json], by: tuple[float, float], called: str) -> None:
    """Move what has coordinates of its own. A port is where it is."""
    east, north = by
    moved = False
    for source in sources:
        if source["kind"] in ("file", "geojson"):
            raise ConfigError(
                called,
                [Problem("shift_deg", list(by), f'cannot move "{source["name"]}", a file: use kind = "polygon"')],
            )
        if "points" in source:
            source["points"] = [[lon + east, lat + north] for lon, lat in source["points"]]
        if "box" in source:
            west, end, south, top = source["box"]
            source["box"] = [west + east, end + east, south + north, top + north]
        moved = moved or "points" in source or "box" in source
    if not moved:
        raise ConfigError(called, [Problem("shift_deg", list(by), "moves nothing: every source is a port")])


def _postpone(release: Json, by: timedelta) -> None:
    for table in (release, *release["sources"]):
        for name in ("first", "last"):
            if name in table:
                table[name] = values.moment(table[name]) + by
        if "dates" in table:
            table["dates"] = [values.moment(date) + by for date in table["dates"]]


# --- what is wrong with the file -----------------------------------------------------------------------------------


def _problem(error: Any, data: Any, found: Mapping[tuple[str | int, ...], int]) -> Problem:
    at = tuple(error["loc"])
    line = next((found[at[:n]] for n in range(len(at), 0, -1) if at[:n] in found), None)
    if error["type"] == "driftsim":
        context = error["ctx"]
        return Problem(dotted(at), error["input"], context["allowed"], context.get("nearest"), line)
    if error["type"] == "extra_forbidden":
        model = _model(at[:-1])
        near = values.nearest(str(at[-1]), model.model_fields, 0.7)
        what = "is not a key" if near else f"is not a key; there are {', '.join(model.model_fields)}"
        return Problem(dotted(at), error["input"], what, near, line)
    n = next((n for n in range(len(at) - 1, -1, -1) if at[n] in _model(at[:n]).model_fields), len(at) - 1)
    must = _must(at[n], _model(at[:n]))  # what lies within the value of a key is told as the key's
    if error["type"] == "missing" and n == len(at) - 1:
        return Problem(dotted(at), ABSENT, f"is missing: {must}", None, line)
    return Problem(dotted(at[: n + 1]), _within(data, at[: n + 1]), must, None, line)


def _within(data: Any, at: tuple[str | int, ...]) -> Any:
    for step in at:
        data = data[step]
    return data


def _model(at: tuple[str | int, ...]) -> type[Section]:
    return _File if not at else VariationTable if at[:2] == ("sweep", "variation") else SweepTable


def _must(name: str | int, model: type[Section]) -> str:
    field = model.model_fields.get(str(name))
    return "must be " + (form(field) if field else "a table")
