"""What the machine could do at best: looking up values, and nothing else."""

from __future__ import annotations

import numpy as np

from .jit import jit

_ONE, _TWO, _THREE, _FOUR, _LAST = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4), np.uint64(63)


@jit(driver=True)
def look_up(data, index, next_lane, repeats, out):
    """Add up the four numbers at each ``index``, ``repeats`` times; returns the number of look-ups.

    They are the loads of ``interpolate.sample_lanes``, sixteen bytes each, without anything to be done with what they
    bring. ``out`` has room for 256 sums; ``next_lane`` is 1.
    """
    done = 0
    for _ in range(repeats):
        k = np.uint64(0)
        while k < np.uint64(index.size):
            at = np.uint64(index[k])
            to = _FOUR * (k & _LAST)
            out[to] += data[at]
            out[to + _ONE] += data[at + _ONE]
            out[to + _TWO] += data[at + _TWO]
            out[to + _THREE] += data[at + _THREE]
            k += next_lane
        done += index.size
    return done
