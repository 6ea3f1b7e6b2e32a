"""Every key of a config in words: for messages, and for the reference page."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ..system.kinds import Json
from .models import Config
from .toml_text import Path, literal


def inner_type(field: FieldInfo) -> tuple[Any, bool]:
    """Type of a key without None, and whether it is a list of it."""
    kind = field.annotation
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        kind = next(k for k in typing.get_args(kind) if k is not type(None))
    if typing.get_origin(kind) is tuple:
        args = typing.get_args(kind)
        return (args[0], True) if args[-1] is Ellipsis else (kind, False)
    return kind, False


def model_at(path: Path) -> type[BaseModel] | None:
    """The model of the table at a path."""
    model: type[BaseModel] | None = Config
    for step in path:
        if isinstance(step, int):
            continue
        field = model.model_fields.get(step) if model else None
        inner = inner_type(field)[0] if field else None
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
    return model


def each_key(model: type[BaseModel] = Config, path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key and table of a config in order: dotted path (``[]`` marks a list of tables) and field."""
    for name, field in model.model_fields.items():
        inner, many = inner_type(field)
        table = isinstance(inner, type) and issubclass(inner, BaseModel)
        here = path + name + ("[]" if many and table else "")
        yield here, field
        if table:
            yield from each_key(inner, here + ".")


def form(field: FieldInfo) -> str:
    """What a good value of a key looks like, with its limits and unit."""
    extra: Json = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    inner, many = inner_type(field)
    if typing.get_origin(inner) is typing.Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in typing.get_args(inner))
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        what = "a list of tables" if many else "a table"
    else:
        what = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}.get(inner, "a value")
    what = str(extra.get("form") or what)
    words = {"gt": "above {}", "ge": "at least {}", "lt": "below {}", "le": "at most {}"}
    words |= {"min_length": "not empty", "max_length": "at most {} characters"}
    limits = []
    for limit in field.metadata:
        for name, word in words.items():
            value = getattr(limit, name, None)
            if value is not None and not (name.endswith("length") and many and name.startswith("max")):
                limits.append(word.format(f"{value:,}".replace(",", "_") if isinstance(value, int) else f"{value:g}"))
    unit = extra.get("unit", "")
    if unit and unit != "UTC" and not what.startswith(("[", "a list")):
        what += f" ({unit})"
    return ", ".join([what, *limits])


def default(field: FieldInfo) -> str:
    """The default of a key as TOML writes it, or a word where there is none."""
    if field.is_required():
        return "must be given"
    inner, _ = inner_type(field)
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return "as below" if field.default is not None else "none"
    return "none" if field.default is None else literal(field.default)


def reference() -> str:
    """The reference page: a table of keys for each table of the TOML file, in Markdown."""
    lines = [_HEAD]
    tables: list[tuple[str, type[BaseModel]]] = []
    for path, field in each_key():
        inner, many = inner_type(field)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            name = path.replace("[]", "")
            tables.append((f"[[{name}]]" if many else f"[{name}]", inner))
    for title, model in tables:
        lines += ["", f"## `{title}`", "", " ".join((model.__doc__ or "").split()), ""]
        lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
        for name, field in model.model_fields.items():
            inner, _ = inner_type(field)
            if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
                fallback = default(field) if field.is_required() else f"`{default(field)}`"
                cells = (f"`{name}`", form(field), fallback, str(field.description))
                lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


_HEAD = """# Config reference

Every key that a config may hold. This page is written by `python -m driftsim.config > docs/reference/config.md`;
`configs/example.toml` shows the same keys in use. Times are UTC: a date stands for its 00:00, and a date-time with an
offset is converted. File names are relative to the folder of the config. `[[...]]` may stand several times. A key that
is not listed here is an error, and so is one that would be ignored beside the others."""
