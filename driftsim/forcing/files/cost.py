"""What it costs to read a level of a store: the chunks that it touches, unpacked whole."""

from __future__ import annotations

import math
from typing import cast

from ...system.capacity import shown
from ...system.kinds import StoredVariable
from .component import Component

_MUCH = 4.0
"""How many times the level itself may be unpacked before it is said."""

_LITTLE_BYTES = 50e6
"""What nobody notices, however much more than the level it is."""


def level_bytes(variable: StoredVariable, part: Component) -> tuple[int, int]:
    """What is unpacked for one step of a component, and what of it is used, bytes."""
    chunks = variable.chunking()
    touched, used = 1, 1
    for n, (role, size) in enumerate(zip(part.roles, variable.shape, strict=True)):
        chunk = int(chunks[n]) if chunks else 1
        if role in ("lat", "lon"):
            runs = (part.lat if role == "lat" else part.lon).runs()
            touched *= sum((-(-run.stop // chunk) - run.start // chunk) * chunk for run, _ in runs)
            used *= sum(run.stop - run.start for run, _ in runs)
        elif role in ("member", "expver"):
            touched *= -(-size // chunk) * chunk
            used *= size
        else:
            touched *= chunk
    return touched * variable.dtype.itemsize, used * variable.dtype.itemsize


def told(variable: StoredVariable, part: Component, levels: int) -> str:
    """What reading will cost, in a sentence, where the chunks do not suit whole levels; empty where they do."""
    unpacked, used = level_bytes(variable, part)
    every = 2 * unpacked * levels
    if unpacked < _MUCH * used or every < _LITTLE_BYTES:
        return ""
    chunks = cast("list[int]", variable.chunking())
    shape = " x ".join(f"{dim} {size}" for dim, size in zip(variable.dimensions, chunks, strict=True))
    return (
        f"the chunks of {part.name} ({shape}) do not suit whole levels: each unpacks {shown(2 * unpacked)} to use "
        f"{shown(2 * used)}, all {levels:,} levels together {shown(every)}; a copy with one step a chunk is "
        f"{math.floor(unpacked / used)} times cheaper to read"
    )
