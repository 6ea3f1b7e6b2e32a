"""Documented modules under the names that they had before they were moved into rooms."""

from __future__ import annotations

import importlib

import pytest

import driftsim
from driftsim._moved import MOVED, new_name


@pytest.mark.parametrize("name", MOVED)
def test_an_old_name_gives_the_same_module(name: str) -> None:
    module = importlib.import_module(f"driftsim.{name}")
    assert module is importlib.import_module(f"driftsim.{MOVED[name]}")
    assert module.__spec__ is not None and module.__spec__.name == module.__name__ == f"driftsim.{MOVED[name]}"


def test_below_an_old_package_nothing_is_loaded_twice() -> None:
    import driftsim.maps.animation as old  # type: ignore[import-not-found]

    import driftsim.figures.maps.animation as moved
    from driftsim import study  # type: ignore[attr-defined]

    assert old is moved
    assert study is driftsim.studies.study  # type: ignore[attr-defined]


def test_other_names_are_nobody_elses() -> None:
    assert new_name("driftsim.maps.sheet.x") == "driftsim.figures.maps.sheet.x"
    assert new_name("driftsim.mapsx") is None and new_name("maps") is None
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("driftsim.maps.nothing")
