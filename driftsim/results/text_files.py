"""Text and JSON as files: UTF-8, line feeds on every system, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..system.disk import whole
from ..system.kinds import JsonView


def write_text(file: Path, text: str) -> None:
    """Write text, UTF-8, with line feeds on every system."""
    with whole(file) as beside, open(beside, "w", encoding="utf-8", newline="\n") as out:
        out.write(text)


def write_json(file: Path, content: JsonView) -> None:
    """Write JSON that any reader takes: what is not a number is null."""
    write_text(file, json_text(content) + "\n")


def json_text(content: object) -> str:
    """The text of such JSON."""
    return json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)
