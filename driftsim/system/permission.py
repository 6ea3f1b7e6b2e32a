"""Whether a run may use the network: only where the person who started it said so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import InputError

VARIABLE = "DRIFTSIM_ALLOW_NETWORK"
"""Environment variable that says so; ``--allow-network`` sets it, so that processes of a run have it too."""


@contextmanager
def allowed() -> Iterator[None]:
    """Let configs with addresses be run in this process, and those that it starts, until it ends."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def refuse_unless_allowed(address: str) -> None:
    """See that an address may be asked.

    Raises
    ------
    InputError
    """
    if os.environ.get(VARIABLE) != "1":
        raise InputError(
            f"{address}: is read over the network, which a run does only with --allow-network "
            f"(from Python {VARIABLE}=1 in the environment): allow it, or fetch the data and name the files"
        )
