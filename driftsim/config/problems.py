"""What is wrong with a config, said all at once."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..system.errors import InputError
from .values import shown

SHOWN = 20
ABSENT: object = type("Absent", (), {"__repr__": lambda self: "absent"})()
"""Stands for the value of a key that is not there."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a config.

    Attributes
    ----------
    key : str
        Dotted, with the index in arrays: ``release.sources[2].radius_km``; empty where no key is to blame.
    value : object
        What stands there; `ABSENT` if nothing does.
    allowed : str
        What is allowed, as the rest of a sentence: "must be a number above 0".
    nearest : str or None
        The nearest right name or value.
    line : int or None
        Line of the file, from 1; None if the key is not in the file.
    """

    key: str
    value: object
    allowed: str
    nearest: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        what = f"{self.key} " if self.key else ""
        if self.key and self.value is not ABSENT and not isinstance(self.value, dict):
            what += f"= {shown(_unsecret(self.value))} "
        hint = f"; did you mean {self.nearest}?" if self.nearest else ""
        return f"{where}{what}{self.allowed}{hint}" if what else f"{where}{self.allowed}{hint}"


def _unsecret(value: object) -> object:
    """A value as it may be shown: an address without what may be a password or a key."""
    if isinstance(value, list):
        return [_unsecret(one) for one in value]
    if not isinstance(value, str) or "://" not in value:
        return value
    return re.sub(r"(\w+://)[^/\s]*@", r"\1***@", re.sub(r"(\w+://[^\s?#]*)[?#].*", r"\1?***", value))


class ConfigError(InputError):
    """A config that cannot be used; ``problems`` holds all that is wrong with it, ``str()`` tells the first 20."""

    def __init__(self, path: str | os.PathLike[str], problems: Sequence[Problem]) -> None:
        self.path = str(path)
        self.problems = list(problems)
        super().__init__(self._message())

    def _message(self) -> str:
        name = "".join(c if c.isprintable() else "?" for c in self.path)
        if len(self.problems) == 1:
            return f"{name}: {self.problems[0]}"
        rows = [f"  {problem}" for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            rows.append(f"  ... and {len(self.problems) - SHOWN} more")
        return "\n".join([f"{name}: {len(self.problems)} problems", *rows])
