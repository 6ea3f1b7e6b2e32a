"""OPeNDAP (DAP2) over plain HTTP: the axes of a remote data set, and parts of its variables.

The NetCDF library speaks DAP as well, but a server that falls silent holds it for good, and it cannot be told to wait
as long as the server asks. The part of the protocol that is needed here is small:
https://www.opendap.org/pdf/ESE-RFC-004v1.2.pdf
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np

from ...system.kinds import AnyArray, Json
from .transfer import Broken, Line

Attributes = Json

WIRE = {
    "Byte": "u1",
    "Int16": ">i4",
    "UInt16": ">u4",
    "Int32": ">i4",
    "UInt32": ">u4",
    "Float32": ">f4",
    "Float64": ">f8",
}
"""How a number travels; 16-bit integers take 32 bits."""

KEPT = {"Byte": "u1", "Int16": "i2", "UInt16": "u2", "Int32": "i4", "UInt32": "u4", "Float32": "f4", "Float64": "f8"}
"""What it is at both ends."""

_DECLARED = re.compile(r"\b(\w+)\s+([^\s\[\];{}]+)((?:\s*\[[^\]]*\])*)\s*;")
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{};,]|[^\s{};,"]+')
_DATA = re.compile(rb"\nData:\r?\n")
_MOST_TEXT = 4 << 20
_MARGIN = 1 << 16  # of the declaration that stands before the numbers


class Declared(NamedTuple):
    """A variable as a data set declares it."""

    kind: str
    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]


class Remote:
    """A data set on an OPeNDAP server.

    Parameters
    ----------
    address : str
    line : Line
    """

    def __init__(self, address: str, line: Line) -> None:
        self.address, self._line = address, line
        self._declared: dict[str, Declared] = {}
        self._attributes: dict[str, Attributes] = {}

    def variable(self, name: str) -> Declared:
        """The declaration of a variable.

        Raises
        ------
        KeyError
            If the data set has none of that name.
        """
        return self.variables()[name]

    def variables(self) -> dict[str, Declared]:
        """The declarations of all variables that hold numbers."""
        if not self._declared:
            text = self._text(".dds")
            for found in declarations(text):
                self._declared.setdefault(found.name, found)  # a grid names its array first, then its axes
        return self._declared

    def kept(self, name: str) -> str:
        """Type of a variable's numbers, as numpy writes it."""
        return KEPT[self.variable(name).kind]

    def attributes(self, name: str) -> Attributes:
        """The attributes of a variable."""
        if not self._attributes:
            self._attributes = attributes(self._text(".das"))
        return self._attributes.get(name, {})

    def read(self, name: str, *parts: tuple[int, int]) -> AnyArray:
        """A variable, or the part of it from one index to another along each dimension, the last one included."""
        declared = self.variable(name)
        shape = tuple(b - a + 1 for a, b in parts) if parts else declared.shape
        most = (int(np.prod(shape)) + sum(shape)) * 8 + _MARGIN
        where = "".join(f"[{a}:{b}]" for a, b in parts)
        address = f"{self.address}.dods?{quote(name + where, safe=':')}"

        def take(pieces: Any) -> AnyArray:
            return decoded(b"".join(pieces), name).reshape(shape)

        return self._line.read(address, most, take)

    def described(self) -> str:
        """The declarations and attributes as the server wrote them: what tells one data set from another."""
        return self._text(".dds") + self._text(".das")

    def _text(self, ending: str) -> str:
        return self._line.read(self.address + ending, _MOST_TEXT, lambda pieces: _checked(b"".join(pieces)))


def _checked(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    if not text.lstrip().startswith(("Dataset", "Attributes")) or not text.rstrip().endswith(("}", ";")):
        raise Broken("the answer is no description of a data set")
    return text


def declarations(text: str) -> list[Declared]:
    """The arrays of a DDS, in the order in which their numbers travel."""
    out = []
    for kind, name, sizes in _DECLARED.findall(text):
        if kind in KEPT:
            dims = [re.fullmatch(r"\s*(?:(\S+)\s*=)?\s*(\d+)\s*", part) for part in re.findall(r"\[([^\]]*)\]", sizes)]
            if any(d is None for d in dims):
                raise Broken("the answer declares a size that is no number")
            out.append(Declared(kind, name, tuple(d[1] or "" for d in dims if d), tuple(int(d[2]) for d in dims if d)))
    return out


def decoded(body: bytes, name: str) -> AnyArray:
    """The numbers of one variable in a data answer.

    Raises
    ------
    Broken
        If the answer ends early, or does not hold the variable.
    """
    mark = _DATA.search(body)
    if mark is None:
        raise Broken("the answer holds no data")
    at = mark.end()
    for found in declarations(body[: mark.start() + 1].decode("utf-8", "replace")):
        count = int(np.prod(found.shape))
        if found.shape:
            told = np.frombuffer(body[at : at + 8], ">u4")
            if told.size != 2 or not (told == count).all():
                raise Broken("the answer ends early, or counts its numbers wrongly")
            at += 8
        wire = np.dtype(WIRE[found.kind])
        if at + count * wire.itemsize > len(body):
            raise Broken("the answer ends early")
        numbers = np.frombuffer(body, wire, count, at)
        if found.name == name:
            return numbers.astype(KEPT[found.kind]).reshape(found.shape)
        at += count * wire.itemsize + (-count % 4 if found.kind == "Byte" else 0)
    raise Broken(f"the answer does not hold {name}")


def attributes(text: str) -> dict[str, Attributes]:
    """The attributes in a DAS, by variable; numbers keep their type."""
    tokens = _TOKEN.findall(text)
    out: dict[str, Attributes] = {}
    names: list[str] = []
    at = 0
    while at < len(tokens):
        word = tokens[at]
        if word == "}":
            del names[-1:]
            at += 1
        elif at + 1 < len(tokens) and tokens[at + 1] == "{":
            names.append(word)
            at += 2
        elif word == ";":
            at += 1
        else:
            end = tokens.index(";", at) if ";" in tokens[at:] else len(tokens)
            if len(names) == 2 and end - at >= 3:
                out.setdefault(names[1], {})[tokens[at + 1]] = _value(word, tokens[at + 2 : end])
            at = end + 1
    return out


def _value(kind: str, words: list[str]) -> Any:
    given = [word for word in words if word != ","]
    if kind not in KEPT:
        return re.sub(r"\\(.)", r"\1", given[0][1:-1] if given[0].startswith('"') else given[0])
    try:
        numbers = np.array([float(word) for word in given]).astype(KEPT[kind])
    except ValueError:
        return " ".join(given)
    return numbers[0] if numbers.size == 1 else numbers
