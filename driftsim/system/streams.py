"""Standard streams that end no command: closed, full, without a reader, or of an encoding that lacks a letter."""

from __future__ import annotations

import codecs
import errno
import io
import os
import select
import sys
import time
import unicodedata
from collections.abc import Callable
from typing import Any, TextIO

_PLAIN = {"–": "-", "—": "-", "−": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "×": "x"}


def plain(problem: UnicodeError) -> tuple[str, int]:
    """What stands for letters that an encoding lacks, as an error handler: ``8–33`` becomes ``8-33``, ``é`` e."""
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    missing = problem.object[problem.start : problem.end]
    return "".join(_PLAIN.get(letter) or _bare(letter) for letter in missing), problem.end


def _bare(letter: str) -> str:
    return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?"


class _Patient(io.FileIO):
    """A file that is written to as long as it takes anything; what comes later is lost, and ``lost`` says why."""

    lost: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            while (taken := super().write(data)) is None:  # somebody made the pipe non-blocking
                select.select([], [self], [])
        except OSError as problem:
            self.lost = self.lost or problem
            return memoryview(data).nbytes
        return taken


def guard() -> None:
    """Make the streams of this process patient; streams that somebody has put in their place are left alone."""
    for number in range(3):  # or the next file that is opened takes the number, and what a library says goes into it
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    codecs.register_error("driftsim", plain)
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None or (stream is getattr(sys, f"__{name}__") and _on_file(stream)):
            setattr(sys, name, _patient(number, getattr(stream, "encoding", None)))
        elif stream is getattr(sys, f"__{name}__"):  # the console of Windows, which has a way of its own
            stream.reconfigure(errors="driftsim")


def _on_file(stream: TextIO) -> bool:
    buffer = getattr(stream, "buffer", None)
    return type(getattr(buffer, "raw", buffer)) is io.FileIO  # with PYTHONUNBUFFERED there is nothing between


def _patient(number: int, encoding: str | None) -> TextIO:
    raw = _Patient(number, "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding or "utf-8", errors="driftsim", line_buffering=True
    )


def lost_output() -> str:
    """Why what was printed did not arrive; empty where it did, or where the reader went away of its own accord."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if not isinstance(raw, _Patient):
        return ""
    sys.stdout.flush()
    return "" if raw.lost is None or raw.lost.errno == errno.EPIPE else str(raw.lost.strerror)


class ProgressLine:
    """How far something is: one line that renews itself on a terminal, a plain line now and then in a log.

    Parameters
    ----------
    stream : text stream
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._terminal = stream, stream.isatty()
        self._every_s = 0.2 if self._terminal else 10.0
        self._last = time.monotonic() - 60.0

    def show(self, line: Callable[[], str], final: bool) -> None:
        """Show the line that a function gives, unless the last one is too fresh; a final one always."""
        now = time.monotonic()
        if final or now - self._last >= self._every_s:
            self._last = now
            self._stream.write(f"\r{line():<90}" + ("\n" if final else "") if self._terminal else line() + "\n")
            self._stream.flush()

    def say(self, text: str) -> None:
        """Show a sentence on a line of its own."""
        self._stream.write(("\n" if self._terminal else "") + text + "\n")
        self._stream.flush()
