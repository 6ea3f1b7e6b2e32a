"""Processes of their own without a long start: a fork has everything loaded and compiled."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def forked(what: Callable[[], Any], told: Path | None = None) -> Any:
    """Start ``what`` in a process of its own; the test is skipped where there is no fork.

    Parameters
    ----------
    what : callable
        Without arguments; SystemExit gives the exit code.
    told : path, optional
        A new file for what it says on standard error.

    Returns
    -------
    multiprocessing.Process
    """

    def go() -> None:
        if told is not None:
            sys.stderr = open(told, "w", buffering=1, encoding="utf-8")  # noqa: SIM115
        what()

    if not hasattr(os, "fork"):
        pytest.skip("needs os.fork, for a process without a long start")
    if told is not None:
        told.touch()
    process = multiprocessing.get_context("fork").Process(target=go)
    process.start()
    return process
