"""How a boat ends."""

from __future__ import annotations

from enum import IntEnum


class Outcome(IntEnum):
    """Code of ``outcome`` in the results. The first landing decides, whatever becomes of the boat afterwards."""

    ADRIFT = 0
    LANDED = 1
    LEFT = 2
    SUNK = 3


OUTCOMES = tuple(outcome.name.lower() for outcome in Outcome)
"""Names of the codes."""
