"""What the machine could do at best: looking up values, and nothing else."""

from __future__ import annotations

import numpy as np

from .jit import jit
from .lanes import LANES


@jit(driver=True)
def look_up(data, index, repeats, out):
    """Sum values of ``data`` at ``index`` (uint32, a whole number of blocks), ``repeats`` times; returns the look-ups.

    The loads are those of the driver (a lane loop of independent look-ups, as wide as the compiler makes them) without
    anything to be done with what they bring.
    """
    done = 0
    for _ in range(repeats):
        for block in range(0, index.size, LANES):
            for k in range(LANES):
                out[k] += data[np.uint32(index[block + k])]
            done += LANES
    return done
