"""The libraries of the extras for exports."""

from __future__ import annotations

from typing import Any

from ...system.errors import InputError


def needed(name: str, extra: str = "export") -> Any:
    """A library of the extra, or a word on how to get it."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as problem:
        raise InputError(f"{name} is not installed ({problem}); pip install 'driftsim[{extra}]'") from problem
