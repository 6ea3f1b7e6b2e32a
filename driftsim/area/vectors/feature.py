"""One thing that stands in a file of vectors, and the file as bytes."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from ...system.errors import InputError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_NAMES = ("name", "NAME", "Name", "title", "id")


@dataclass(frozen=True)
class Feature:
    """A shape (shapely geometry, degrees) and what the file says of it."""

    shape: BaseGeometry
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The usual properties that hold a name; empty without one."""
        return next((self.properties[key] for key in _NAMES if self.properties.get(key)), "")


def plain(text: str) -> str:
    """A name from a file in front of a message: printable, short, followed by a colon; nothing without one."""
    kept = "".join(c if c.isprintable() else "?" for c in text)[:60]
    return f"{kept}: " if kept else ""


@dataclass(frozen=True)
class Source:
    """A file, and how many bytes of it are read at most."""

    path: Path
    largest_bytes: int

    def content(self, what: str) -> bytes:
        """All of the file; ``what`` it should be stands in the message."""
        try:
            if self.path.exists() and not self.path.is_file():
                raise InputError(f"{self.path}: is no regular file; give the path of {what}")
            with self.path.open("rb") as file:
                raw = file.read(self.largest_bytes + 1)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            told = getattr(error, "strerror", None) or error
            raise InputError(f"{self.path}: cannot be read ({told}); give the path of {what}") from None
        self.refuse_large(len(raw))
        return raw

    def beside(self, ending: str) -> bytes:
        """The file of the same name with another ending; empty without one."""
        for name in (self.path.with_suffix(ending), self.path.with_suffix(ending.upper())):
            if name.is_file():
                return Source(name, self.largest_bytes).content("it")
        return b""

    def refuse_large(self, size: int) -> None:
        """Raises InputError if there is more than may be read."""
        if size > self.largest_bytes:
            raise InputError(f"{self.path}: is larger than {self.largest_bytes // 10**6} MB; simplify its outlines")

    def packed(self, raw: bytes, wanted: Callable[[str], bool], what: str) -> dict[str, bytes]:
        """The files in a ZIP archive whose names are wanted, unpacked up to the limit, whatever the archive states."""
        out: dict[str, bytes] = {}
        left = self.largest_bytes
        try:
            with zipfile.ZipFile(BytesIO(raw)) as archive:
                for entry in archive.infolist():
                    if wanted(entry.filename.lower()) and not entry.is_dir():
                        with archive.open(entry) as stream:
                            content = stream.read(left + 1)
                        left -= len(content)
                        self.refuse_large(self.largest_bytes - left)
                        out[entry.filename.lower()] = content
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
            ValueError,
        ) as error:
            raise InputError(f"{self.path}: not {what} ({ascii(str(error))[1:-1][:100]})") from None
        return out


def words(items: Iterable[tuple[object, object]]) -> dict[str, str]:
    """Properties as text, without those that have no value."""
    return {str(key): str(value) for key, value in items if value is not None and str(value).strip()}
