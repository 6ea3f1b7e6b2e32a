"""What goes wrong at the door."""

from __future__ import annotations


class InputError(Exception):
    """Input that cannot be used: the message names the file, key or variable, its value, and the remedy."""
