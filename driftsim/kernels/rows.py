"""Passes over the rows of the state between two windows: which boats move, and where they were."""

from __future__ import annotations

import numpy as np

from .drive import AFLOAT, NO_CELL, STRANDED, WAITING
from .jit import jit


@jit
def active(state, before, out):
    """Rows of the boats that move before the step ``before``, into ``out`` (int32); returns how many there are.

    The last row of the state is the spare one, and never among them.
    """
    count = 0
    for p in range(state.size - 1):
        status = state[p].status
        if status in (AFLOAT, STRANDED) or (status == WAITING and state[p].release < before):
            out[count] = p
            count += 1
    return count


@jit
def count_cells(order, state, cell, week, counts):
    """Count the boats afloat at each observation by week, class and cell.

    Parameters
    ----------
    order : ndarray of int32, shape (m,)
        Rows of the state, as they were driven.
    state : ndarray of ``drive.state_type``
    cell : ndarray of uint32, shape (observations, m)
        Cell of each boat; ``drive.NO_CELL`` for one that is not afloat or outside the grid.
    week : ndarray of int64, shape (observations,)
    counts : ndarray of int64, shape (week, class, cell)
        Added to.
    """
    for k in range(order.size):
        boat_class = state[order[k]].boat_class
        for row in range(week.size):
            at = cell[row, k]
            if at != NO_CELL:
                counts[week[row], boat_class, at] += 1


@jit
def rearrange(words, order):
    """Bring rows into another order, in place: a row becomes what the row of that order's number was.

    Parameters
    ----------
    words : ndarray of uint64, shape (n, width)
        The rows, whatever is in them.
    order : ndarray of int32, shape (n,)
        A permutation; nothing of it is left.
    """
    held = np.empty(words.shape[1], np.uint64)
    for first in range(order.size):
        if order[first] < 0:
            continue
        held[:] = words[first]
        at = first
        while order[at] != first:
            source = order[at]
            words[at] = words[source]
            order[at] = -1
            at = source
        words[at] = held
        order[at] = -1
