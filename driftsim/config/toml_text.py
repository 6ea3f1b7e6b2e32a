"""The text of a TOML file: where each key stands, and the way back from a config to text."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import Section

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}\n#]*")
_QUOTED = {
    '"""': re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.S),
    "'''": re.compile(r"'''(?:[^']|'(?!''))*'{3,5}", re.S),
    '"': re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    "'": re.compile(r"'[^'\n]*'"),
}


def lines(text: str) -> dict[Path, int]:
    """Line of each table, key and list element of a valid TOML text; the library's reader does not tell.

    Parameters
    ----------
    text : str
        What ``tomllib.loads`` has accepted.

    Returns
    -------
    dict
        Path, such as ``("release", "sources", 0, "points", 2)``, to line number from 1.
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.run()
    return scanner.found


class _Scanner:
    """One pass over a text that is known to be valid, so that it need not check anything."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}  # arrays of tables: elements so far
        self.starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def run(self) -> None:
        here: Path = ()
        while True:
            self.skip()
            if self.at >= len(self.text):
                return
            start = self.at
            if self.text.startswith("[", self.at):
                here = self.header(start)
            else:
                self.pair(here)

    def skip(self) -> None:
        self.at = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]

    def mark(self, path: Path, at: int) -> None:
        line = bisect_right(self.starts, at)
        for n in range(len(path), 0, -1):  # parents of dotted keys too
            if path[:n] in self.found:
                break
            self.found[path[:n]] = line

    def header(self, start: int) -> Path:
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        names = self.dotted()
        self.skip()
        self.at += 2 if double else 1
        path: Path = ()
        for n, name in enumerate(names):
            path = (*path, name)
            if double and n == len(names) - 1:
                self.mark(path, start)
                self.tables[path] = self.tables.get(path, 0) + 1
            if path in self.tables:
                path = (*path, self.tables[path] - 1)
        self.mark(path, start)
        return path

    def dotted(self) -> list[str]:
        names = []
        while True:
            self.skip()
            names.append(self.name())
            self.skip()
            if not self.text.startswith(".", self.at):
                return names
            self.at += 1

    def name(self) -> str:
        quote = self.text[self.at]
        match = _QUOTED.get(quote, _BARE_KEY).match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        if quote == "'":
            return match[0][1:-1]
        return _unescape(match[0]) if quote == '"' else match[0]

    def pair(self, here: Path) -> None:
        start = self.at
        path = (*here, *self.dotted())
        self.mark(path, start)
        self.skip()
        self.at += 1  # =
        self.skip()
        self.value(path)

    def value(self, path: Path) -> None:
        first = self.text[self.at]
        if first in "[{":
            self.group(path, "]" if first == "[" else "}")
            return
        for quote, pattern in _QUOTED.items():
            if self.text.startswith(quote, self.at):
                self.at = pattern.match(self.text, self.at).end()  # type: ignore[union-attr]
                return
        self.at = _BARE_VALUE.match(self.text, self.at).end()  # type: ignore[union-attr]

    def group(self, path: Path, end: str) -> None:
        self.at += 1
        element = 0
        while True:
            self.skip()
            if self.text.startswith(end, self.at):
                self.at += 1
                return
            if self.text.startswith(",", self.at):
                self.at += 1
            elif end == "}":
                self.pair(path)
            else:
                inner = (*path, element)
                self.found[inner] = bisect_right(self.starts, self.at)
                self.value(inner)
                element += 1


def _unescape(quoted: str) -> str:
    longer = re.sub(r"\\U([0-9a-fA-F]{8})", lambda m: chr(int(m[1], 16)), quoted)
    try:
        return str(json.loads(longer))
    except ValueError:  # \e or \x of a later TOML: the line of this one key is lost, no more
        return quoted[1:-1]


def dump(model: Section) -> str:
    """TOML of a config, with every key that has a value; times in UTC."""
    return "\n".join(_table(model, ())).lstrip("\n") + "\n"


def _table(model: Section, path: tuple[str, ...]) -> list[str]:
    plain, tables = [], []
    for name in (name for name in type(model).model_fields if name not in model.idle()):
        value = getattr(model, name)
        inner = (*path, name)
        if hasattr(value, "idle"):
            tables += ["", f"[{'.'.join(inner)}]", *_table(value, inner)]
        elif isinstance(value, tuple) and value and hasattr(value[0], "idle"):
            for one in value:
                tables += ["", f"[[{'.'.join(inner)}]]", *_table(one, inner)]
        elif value not in (None, (), ""):
            plain.append(f"{name} = {literal(value)}")
    return plain + tables


def literal(value: object) -> str:
    """One value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat() + ("Z" if value.tzinfo is None else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        items = [literal(v) for v in value]
        short = ", ".join(items)
        return f"[{short}]" if len(short) <= 100 else "[\n  " + ",\n  ".join(items) + ",\n]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(str(k))} = {literal(v)}" for k, v in value.items()) + "}"
    text = json.dumps(str(value), ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in text)
