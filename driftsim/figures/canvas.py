"""Figures that come out the same whatever the user has set up for their own: one way to matplotlib."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..system.kinds import JsonView


def load() -> Any:
    """Import matplotlib, whatever backend the environment names: a notebook's may be missing here, and we need none."""
    wanted = None if "matplotlib" in sys.modules else os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib.style
    finally:
        if wanted is not None:
            os.environ["MPLBACKEND"] = wanted
    if wanted is not None:
        with suppress(ValueError):  # the notebook's own figures still want it
            matplotlib.rcParams["backend"] = wanted
    return matplotlib


@contextmanager
def style(settings: JsonView) -> Iterator[None]:
    """Matplotlib's defaults and these settings; a dollar sign is a letter, and begins no formula."""
    plain = {"text.parse_math": False, **settings}
    with load().style.context(["default", plain], after_reset=True):
        yield
