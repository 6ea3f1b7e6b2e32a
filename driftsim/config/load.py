"""From a TOML file to a config, or to everything that is wrong with it."""

from __future__ import annotations

import copy
import itertools
import os
import re
import tomllib
import typing
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from ..system.kinds import Json, JsonView
from . import checks, toml_text, values
from .checks import Finding
from .describe import each_key, form, model_at
from .files import with_area, with_files
from .models import Config, Uncertain
from .problems import ABSENT, ConfigError, Problem
from .toml_text import Path

LARGEST_BYTES = 1_000_000
_ERRORS_TOLD = 200


def load(path: str | os.PathLike[str], overrides: JsonView | None = None) -> Config:
    """Read and check a config.

    Parameters
    ----------
    path : path
        TOML file, UTF-8, at most 1 MB.
    overrides : mapping, optional
        Values that replace those of the file, by key: ``{"boats.number": 1000, "release.sources[0].weight": 2}``.

    Returns
    -------
    Config
        With file names made absolute (relative ones start at the config's folder) and globs resolved.

    Raises
    ------
    ConfigError
        With all problems at once.
    """
    path = FilePath(path)
    data, text = read(path)
    return parse(data, path.parent, overrides, name=path, text=text)


def read(path: FilePath) -> tuple[Json, str]:
    """The tables and the text of a TOML file; raises `ConfigError` like `load`."""
    text = _text(path)
    return _toml(path, text), text


def parse(
    tables: JsonView,
    folder: str | os.PathLike[str] = ".",
    overrides: JsonView | None = None,
    *,
    name: str | os.PathLike[str] = "config",
    text: str = "",
) -> Config:
    """Check a config that is a dict already; `load` says what it returns and raises.

    Parameters
    ----------
    tables : mapping
        The tables and keys, as ``tomllib`` gives them.
    folder : path
        Where relative file names start.
    name : path
        What messages call the config.
    text : str
        The TOML that the tables were read from, for the lines in messages.
    """
    data, replaced = overridden(tables, overrides or {}, name)
    try:
        config, wrong = _checked(data, FilePath(folder))
    except RecursionError:
        raise ConfigError(name, [Problem("", ABSENT, "is nested too deeply")]) from None
    if config is None or wrong:
        raise ConfigError(name, _problems(wrong, data, lines_of(text, replaced)))
    return config


def parse_text(text: str, folder: str | os.PathLike[str], *, name: str | os.PathLike[str]) -> Config:
    """Check a config that is TOML text already; `parse` says what it takes and raises."""
    return parse(_toml(FilePath(name), text), folder, name=name, text=text)


def overridden(tables: JsonView, overrides: JsonView, name: str | os.PathLike[str]) -> tuple[Json, list[Path]]:
    """A copy of the tables with values by dotted key put in, and where."""
    data: Json = _plain(tables)
    replaced = []
    for key, value in overrides.items():
        at = _override(data, key, _plain(value))
        if at is None:
            raise ConfigError(name, [Problem(key, ABSENT, "is not the key of a value that can be replaced")])
        replaced.append(at)
    return data, replaced


def _text(path: FilePath) -> str:
    try:
        if not path.exists():
            problem = "no such file"
        elif path.is_dir():
            problem = "is a folder, not a config file"
        elif not path.is_file():
            problem = "is not a regular file"
        else:
            with path.open("rb") as stream:
                raw = stream.read(LARGEST_BYTES + 1)
            if len(raw) <= LARGEST_BYTES:
                return raw.decode("utf-8-sig")
            problem = f"is larger than {LARGEST_BYTES // 1_000_000} MB: not a config"
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(path, [Problem("", ABSENT, "must be UTF-8 text; this byte is not", line=line)]) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    raise ConfigError(path, [Problem("", ABSENT, problem)])


# The library's reader takes a time that grows with the square of the parts of a dotted key: 20 s for 20,000 of them.
_MANY_PARTS = re.compile(r"(?<![\w\"'-])(?:[\w\"'-]+[ \t]*\.[ \t]*){40}")


def _toml(path: FilePath, text: str) -> Json:
    line = None
    try:
        if _MANY_PARTS.search(text):
            raise RecursionError
        return tomllib.loads(text)
    except RecursionError:
        what = "is nested too deeply"
    except ValueError as error:
        what, _, place = str(error).partition(" (at ")
        if what.startswith("Exceeds the limit"):  # int() of thousands of digits
            what = "holds a number of more than 4300 digits"
        number = re.match(r"line (\d+)", place)
        line = int(number[1]) if number else text.count("\n") + 1 if place else None
        what = _PLAIN_WORDS.get(what, f"is not valid TOML: {what[:100]}")
        what = "".join(c if c.isprintable() else "?" for c in what)
    raise ConfigError(path, [Problem("", ABSENT, what, line=line)])


_PLAIN_WORDS = {
    "Cannot overwrite a value": "this key stands in the file already",
    "Invalid value": "is not valid TOML: after = stands a number, date, true, false, a list or text in quotes",
    "Invalid statement": "is not valid TOML: neither [table] nor key = value",
    "Expected '=' after a key in a key/value pair": "is not valid TOML: a key must be followed by =",
    "Expected newline or end of document after a statement": "is not valid TOML: something follows the value",
    "Unclosed array": "is not valid TOML: a [ without its ]",
}


def _plain(value: Any) -> Any:
    """A copy made of dicts and lists, whatever mappings, tuples and paths the caller had."""
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _override(data: Json, dotted: str, value: object) -> Path | None:
    at: list[str | int] = []
    for part in dotted.split("."):
        match = re.fullmatch(r"([^\[\]]+)((?:\[\d+\])*)", part)
        if not match:
            return None
        at += [match[1], *(int(n) for n in re.findall(r"\d+", match[2]))]
    here: Any = data
    for step, following in itertools.pairwise(at):
        if isinstance(here, dict) and isinstance(step, str) and isinstance(following, str):
            here = here.setdefault(step, {})
        else:
            here = _step(here, step)
    last = at[-1]
    fits = (
        isinstance(last, str) if isinstance(here, dict) else isinstance(last, int) and _step(here, last) is not ABSENT
    )
    if not fits:
        return None
    here[last] = value
    return tuple(at)


def _step(value: Any, step: Any) -> Any:
    if not isinstance(value, (dict, list)):
        return ABSENT
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return ABSENT


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = _step(data, step)
    return data


def _checked(data: Json, folder: FilePath) -> tuple[Config | None, list[Finding]]:
    """The config and what is wrong.

    Where single values are wrong, the rest is checked all the same: they are taken out, and findings that rest on
    one of them are not told.
    """
    wrong: list[Finding] = []
    bad: set[Path] = set()
    config, rest = None, with_area(data, folder)
    for _ in range(4):
        try:
            config = Config.model_validate(rest)
            break
        except ValidationError as error:
            rest, told = copy.deepcopy(rest), frozenset(bad)
            for one in itertools.islice(error.errors(include_url=False), _ERRORS_TOLD):
                at = tuple(one["loc"])
                if one["type"] == "too_short" and one["input"]:
                    continue  # counts the good elements only, and the bad ones are told by themselves
                if not any(_rests_on(at, b) for b in told):
                    wrong.append(_finding(at, one))
                bad.add(_take_out(rest, at, one["type"]))
            if error.error_count() > _ERRORS_TOLD:  # not a config at all: no use in looking further
                break
    if config is None:
        return None, wrong
    resolved, missing = with_files(config, folder)
    named = [finding.at for finding in wrong]
    for finding in dict.fromkeys((*checks.findings(config), *missing)):
        twice = finding in missing and any(_rests_on(finding.at, at) for at in named)
        if twice or any(_rests_on(need, b) for need in (finding.at, *finding.needs) for b in bad):
            continue
        wrong.append(finding)
        named.append(finding.at)
        if finding.at in checks.MUCH_RESTS_ON:
            bad.add(finding.at)
    return resolved, wrong


def _rests_on(a: Path, b: Path) -> bool:
    """Is one of the paths the beginning of the other?"""
    n = min(len(a), len(b))
    return a[:n] == b[:n]


_STAND_IN: Json = {
    "run": {"start": datetime(2001, 1, 1), "end": datetime(2001, 1, 3)},
    "start": datetime(2001, 1, 1),
    "end": datetime(2001, 1, 3),
    "current": {},
    "boats": {"classes": [{"windage_percent": 0.0}]},
    "classes": [{"windage_percent": 0.0}],
    "release": {"sources": [{"name": "x", "kind": "line"}]},
    "sources": [{"name": "x", "kind": "line"}],
    "name": "x",
    "kind": "line",
}


def _take_out(data: Json, at: Path, kind: str) -> Path:
    """Remove the innermost key that holds a wrong value, or put something in for a key that must be there.

    A list keeps its length or goes as a whole, so that the indices of the others stay right.
    """
    for n in range(len(at) - 1, -1, -1):
        parent = _at(data, at[:n])
        name = at[n]
        if isinstance(parent, dict) and isinstance(name, str) and (name in parent or kind == "missing"):
            model = model_at(at[:n])
            field = model.model_fields.get(name) if model else None
            if field is not None and field.is_required():
                parent[name] = copy.deepcopy(_STAND_IN[name])
            else:
                parent.pop(name, None)
            return at[: n + 1]
    return at


def _field(path: Path) -> FieldInfo | None:
    names = [n for n, step in enumerate(path) if isinstance(step, str)]
    for n in reversed(names):  # the elements of a list, of a point, belong to its key
        model = model_at(path[:n])
        if model:
            return model.model_fields.get(str(path[n]))
    return None


_WRITE: dict[Path, str] = {
    ("current",): (
        'write [current] and below it product = "climatology" for the built-in mean currents, a product of the '
        'catalogue with files = [...] for your own, or product = "none" for a drift in the wind alone'
    ),
}
"""What to write for a table whose keys all have a default."""

_ONE_OF = {"a list of tables": "a table", "a list of files or globs": "a file or glob", "a list of numbers": "a number"}
_ONE_OF["a list of "] = ""


def _finding(at: Path, error: Any) -> Finding:
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "driftsim":
        return Finding(at, context["allowed"], nearest=context.get("nearest") and toml_text.literal(context["nearest"]))
    if kind == "extra_forbidden":
        return _unknown(at)
    field = _field(at)
    must = "must be " + (form(field) if field else "a table")
    if isinstance(at[-1], int):  # one element of a list
        for many, one in _ONE_OF.items():
            must = must.replace(many, one)
    if kind == "missing":
        return Finding(at, f"is missing: {_WRITE.get(at, must)}")
    if kind == "too_long" and context["max_length"] > 10:
        return Finding(at, f"must have at most {context['max_length']} elements; it has more")
    near = None
    if kind == "literal_error" and isinstance(error.get("input"), str) and field:
        near = values.nearest(error["input"], typing.get_args(field.annotation))
    return Finding(at, must, nearest=near and toml_text.literal(near))


@cache
def _everywhere() -> dict[str, str]:
    """Each key by its name alone; where a name stands in several tables, the first."""
    found: dict[str, str] = {}
    for path, _ in each_key():
        found.setdefault(path.replace("[]", "").rpartition(".")[2], path.replace("[]", ""))
    return found


def _unknown(at: Path) -> Finding:
    if at[0] == "uncertain" and len(at) > 1 and (shared := _shared(at)) is not None:
        return shared
    name = str(at[-1])
    model = model_at(at[:-1]) or Config
    near = values.nearest(name, model.model_fields, 0.7)
    if near is None:
        other = values.nearest(name, _everywhere(), 0.8)
        near = _everywhere()[other] if other else None
    if near is not None:
        return Finding(at, "is not a key", nearest=near)
    return Finding(at, f"is not a key; there are {', '.join(model.model_fields)}")


def _shared(at: Path) -> Finding | None:
    """A key of the config that stands in ``[uncertain]``, but that no member can have of its own."""
    parent = model_at(at[1:-1]) if len(at) > 2 else Config
    if parent is None or at[-1] not in parent.model_fields:
        return None
    table = model_at(at[:-1]) or Uncertain
    mine = ", ".join(name for name in table.model_fields if name != "members")
    where = f" of {dotted(at[1:-1])}" if len(at) > 2 else ""
    return Finding(at, f"is the same for all members and cannot be drawn; what can{where} is {mine}")


def lines_of(text: str, replaced: Iterable[Path] = ()) -> dict[Path, int]:
    """Line of each path; 0 where the value did not come from the text."""
    try:
        found = toml_text.lines(text)
    except RecursionError:
        return {}
    for at in replaced:
        found = {path: line for path, line in found.items() if path[: len(at)] != at} | {at: 0}
    return found


def _problems(wrong: list[Finding], data: Any, lines: Mapping[Path, int]) -> list[Problem]:
    problems = []
    for finding in wrong:
        at = finding.at
        n = next((n for n in range(len(at), 0, -1) if at[:n] in lines), 0)
        line = (lines[at[:n]] or None) if n else None
        problems.append(Problem(dotted(at), _at(data, at), finding.allowed, finding.nearest, line))
    return sorted(problems, key=lambda p: (p.line is None, p.line or 0))


def dotted(at: Path) -> str:
    """A path as a person writes it: ``release.sources[2].radius_km``."""
    text = ""
    for step in at:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            bare = re.fullmatch(r"[A-Za-z0-9_-]+", str(step))
            # Right keys are plain letters: escapes tell a Cyrillic letter from the one that it looks like.
            shown = values.shown(str(step)).encode("ascii", "backslashreplace").decode()
            name = str(step) if bare and len(step) <= 60 else shown
            text += f".{name}" if text else name
    return text
