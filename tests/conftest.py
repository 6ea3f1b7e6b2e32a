"""What all tests share: two threads at most, no surprise from chance, and one small run that tests may look at."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from driftsim.config import Config
    from driftsim.studies.study import Study

# Before anything imports numba, numpy or matplotlib: they read these once.
os.environ.setdefault("NUMBA_NUM_THREADS", str(min(2, os.cpu_count() or 1)))
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

# Nothing that a test writes need outlive a power cut, and waiting for the disk would take as long as the work. What is
# synced, and in which order, `crash.recorded` sees all the same. Processes with a start of their own wait.
os.fsync = lambda handle: None  # type: ignore[assignment]

# The same examples each time, and no verdict from how busy the machine is.
settings.register_profile("driftsim", derandomize=True, deadline=None)
settings.load_profile("driftsim")

LONGEST = (
    "test_wheel", "test_fetch_opendap", "test_tutorials", "test_resume", "test_figures", "test_maps", "test_analytic",
    "test_report_browser",
)  # fmt: skip
"""Files that take longest: they begin first, or at the end one core would wait for the other."""


def pytest_collection_finish() -> None:
    """What has been loaded by now stays: the collector of garbage need not look through it again and again, which takes
    a quarter of the time of all tests."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; `make test` gives whole files to each core, in this order."""
    place = {name: k for k, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


TINY = """
[run]
title = "Tiny: two weeks of a typical November (climatology)"
start = 2017-11-20
end = 2017-12-06
seed = 7

[current]
product = "climatology"

[wind]
product = "climatology"
members = 12

[boats]
number = 700

[[boats.classes]]
name = "upright"
leeway = "FISHING-VESSEL-5"
share = 0.6

[[boats.classes]]
name = "swamped"
leeway = "SKIFF-3"
share = 0.4

[mixing]
flight_speed_m_s = 0.12
flight_time_days = 3.0

[release]
first = 2017-11-20
last = 2017-11-23

[[release.sources]]
name = "Yamato Bank"
weight = 0.75
kind = "polygon"
points = [[133.4, 38.6], [136.4, 38.6], [136.4, 40.2], [133.8, 40.2]]

[[release.sources]]
name = "off Noto"
weight = 0.25
kind = "circle"
points = [[136.2, 37.8]]
radius_km = 15.0

[output]
tracks = 50
track_every_hours = 6.0
"""


@pytest.fixture(scope="session")
def tiny_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config file: 700 boats, 12 members, 16 days. To look at, not to change."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny(tiny_config: Path) -> Config:
    """The same, loaded."""
    from driftsim import config

    return config.load(tiny_config)


@pytest.fixture(scope="session")
def tiny_run(tiny: Config, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """That run, done, in its folder. To look at, not to change."""
    from driftsim.studies import study

    return study.run(tiny, tmp_path_factory.mktemp("runs") / "tiny")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real files, which are not part of the project; tests that want them are skipped without."""
    folder = Path(__file__).parents[1].parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(f"{folder / 'data'} is not there: real files are not shipped with the project")
    return folder
