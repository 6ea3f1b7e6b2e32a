"""Finds the project's own data and configs: in the installed package, else in the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def _room(installed: str, checkout: str) -> Path:
    inside = _PACKAGE / installed
    return inside if inside.is_dir() else _PACKAGE.parent / checkout


def data(name: str) -> Path:
    """Path of a data file, such as ``data("leeway_classes.csv")``.

    Raises
    ------
    FileNotFoundError
        If the installation lacks the file.
    """
    return _existing(_room("_data", "data") / name)


def config(name: str) -> Path:
    """Path of a config shipped with the project, such as ``config("quickstart.toml")``."""
    return _existing(_room("_configs", "configs") / name)


def home() -> Path:
    """The user's home; a folder that is not there for a user without one, as in a container under any number."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def _existing(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(f"{path}: not in this installation of driftsim; install it again")
    return path
