"""Every file of the corpus is refused at the command line: exit code 2 or 3, a short message, no results."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from corpus.broken_files import LAT, LON, TIMES, BrokenFile, atlas, cases, diffusivity, good
from corpus.broken_geojson import CASES as PLACES
from corpus.broken_geojson import GOOD as GOOD_PLACES

from driftsim import cli
from driftsim.config import load
from driftsim.drift.simulation import Simulation
from driftsim.forcing.catalogue import find
from driftsim.forcing.files.file_source import FileSource
from driftsim.forcing.memory import MemorySource
from driftsim.system.errors import InputError

CORPUS = list(cases())
INPUT_ERROR, RUN_ERROR = 2, 3

CONFIG = """
[run]
start = 2017-10-01
end = 2017-10-03
[current]
product = "cf"
files = ["{current}"]
[boats]
number = 40
[[boats.classes]]
windage_percent = 0.0
[release]
first = 2017-10-01
last = 2017-10-01
[[release.sources]]
name = "x"
{place}
[coast]
shoreline = "none"
domain = [131.0, 139.0, 36.0, 42.0]
[output]
tracks = 5
map = false
csv = false
"""
BOX = 'kind = "box"\nbox = [133.0, 136.0, 38.0, 40.0]'
SECTIONS = {
    "wind": '[wind]\nproduct = "cf"\nfiles = ["input.nc"]\n',
    "stokes": '[stokes]\nproduct = "cf"\nfiles = ["input.nc"]\n',
    "wind_roses": '[wind]\nproduct = "wind_roses"\nmembers = 2\nfiles = ["input.nc"]\n',
    "diffusivity": '[mixing]\ndiffusivity_file = "input.nc"\n',
}


NO_FIELD = "none"
"""Key of a config that reads nothing but the good current."""


def config_text(key: str = "current", more: str = "", place: str = BOX) -> str:
    """A config that reads ``input.nc`` under a key, and ``good.nc`` for the current otherwise."""
    text = CONFIG.format(current="input.nc" if key == "current" else "good.nc", place=place)
    if key == "current":
        text = text.replace('files = ["input.nc"]\n', f'files = ["input.nc"]\n{more}\n')
    elif key != NO_FIELD:
        text += SECTIONS[key] + more + "\n"
    return text


@pytest.fixture(scope="module")
def good_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return good(tmp_path_factory.mktemp("good") / "good.nc")


def run(folder: Path) -> tuple[int, str]:
    """Exit code and standard error of ``driftsim run``; a warning of a library is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("error", UserWarning)
        result = CliRunner().invoke(cli.main, ["run", str(folder / "study.toml"), "-o", str(folder / "out")])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stderr


def check_refused(code: int, told: str, folder: Path, says: tuple[str, ...], under_way: bool = False) -> None:
    assert code == (RUN_ERROR if under_way else INPUT_ERROR), told
    notices = re.compile(r"Compiling for this processor: | million steps/s ")
    lines = [line for line in told.splitlines() if not notices.search(line)]
    assert len(lines) <= 3 and all(line.isprintable() and len(line) < 900 for line in lines), told
    assert lines[0].startswith("driftsim: "), told
    for part in says:
        assert part in told, f"{part!r} is not in {told}"
    left = [path.name for path in (folder / "out").iterdir()] if (folder / "out").exists() else []
    assert not {"summary.json", "arrivals.nc", "landing_map.png"} & set(left)


def lay(case: BrokenFile, folder: Path, good_file: Path) -> None:
    case.make(folder / "input.nc")
    (folder / "good.nc").symlink_to(good_file)
    (folder / "study.toml").write_text(config_text(case.key, case.more), encoding="utf-8")


def test_the_corpus_is_what_the_pages_say() -> None:
    assert len(CORPUS) >= 150
    assert len({case.name for case in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: ascii(case.name))
def test_a_broken_file_is_refused_with_a_message(case: BrokenFile, tmp_path: Path, good_file: Path) -> None:
    lay(case, tmp_path, good_file)
    began = time.process_time()
    code, told = run(tmp_path)
    check_refused(code, told, tmp_path, case.says, case.under_way)
    assert time.process_time() - began < 60.0


@pytest.mark.parametrize("key", ["current", "wind", "wind_roses", "diffusivity"])
def test_the_files_that_the_corpus_begins_with_are_right(key: str, tmp_path: Path, good_file: Path) -> None:
    """Or the corpus would say nothing."""
    {"wind_roses": atlas, "diffusivity": diffusivity}.get(key, good)(tmp_path / "input.nc")
    (tmp_path / "good.nc").symlink_to(good_file)
    more = 'u = "u"\nv = "v"' if key == "wind" else ""
    (tmp_path / "study.toml").write_text(config_text(key, more), encoding="utf-8")
    code, told = run(tmp_path)
    assert code == 0, told


@pytest.mark.long
@pytest.mark.parametrize("case", CORPUS[::9], ids=lambda case: ascii(case.name))
def test_the_same_in_a_process_of_its_own(case: BrokenFile, tmp_path: Path, good_file: Path) -> None:
    """With no more memory than a small machine has: nothing is allocated because a header says so."""
    lay(case, tmp_path, good_file)
    command = [sys.executable, "-m", "driftsim", "run", "study.toml", "-o", "out"]
    if sys.platform == "linux":
        command = ["bash", "-c", 'ulimit -v 6000000; exec "$@"', "bash", *command]
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, cwd=tmp_path, env=environment, check=False
    )
    check_refused(done.returncode, done.stderr, tmp_path, case.says, case.under_way)


@pytest.mark.parametrize("content", GOOD_PLACES, ids=range(len(GOOD_PLACES)))
def test_good_places_are_taken(content: bytes, tmp_path: Path, good_file: Path) -> None:
    (tmp_path / "places.geojson").write_bytes(content)
    (tmp_path / "good.nc").symlink_to(good_file)
    place = 'kind = "geojson"\nfile = "places.geojson"'
    (tmp_path / "study.toml").write_text(
        config_text(NO_FIELD, place=place),
        encoding="utf-8",
    )
    assert len(Simulation(load(tmp_path / "study.toml")).boats.number) == 40


@pytest.mark.parametrize("case", PLACES, ids=lambda case: case.name)
def test_broken_places_are_refused_with_a_message(case: Any, tmp_path: Path, good_file: Path) -> None:
    (tmp_path / "places.geojson").write_bytes(case.content)
    (tmp_path / "good.nc").symlink_to(good_file)
    place = 'kind = "geojson"\nfile = "places.geojson"'
    (tmp_path / "study.toml").write_text(
        config_text(NO_FIELD, place=place),
        encoding="utf-8",
    )
    code, told = run(tmp_path)
    check_refused(code, told, tmp_path, ("places.geojson", case.says))


# While it is read


def test_a_file_that_is_replaced_while_it_is_read(tmp_path: Path) -> None:
    """By another file in its place, and by new content of the same length."""
    box, period = (131.0, 139.0, 36.0, 42.0), (1506816000.0, 1506816000.0 + 172800.0)
    for replace in (lambda a, b: os.replace(b, a), lambda a, b: a.write_bytes(b.read_bytes())):
        path, other = good(tmp_path / "input.nc"), good(tmp_path / "other.nc", units="cm s-1")
        source = FileSource("current", find("cf", "current"), [path], box, period)
        source.level(1)
        assert path.stat().st_size == other.stat().st_size
        replace(path, other)
        with pytest.raises(InputError, match=r"input\.nc was replaced or changed while the run was reading it"):
            source.level(2)
        source.close()


def test_a_file_that_vanishes_while_it_is_read(tmp_path: Path) -> None:
    path = good(tmp_path / "input.nc")
    source = FileSource(
        "current", find("cf", "current"), [path], (131.0, 139.0, 36.0, 42.0), (1506816000.0, 1506988800.0)
    )
    source.close()
    path.unlink()
    with pytest.raises(InputError, match=r"input\.nc: variable u cannot be read"):
        source.level(2)


# Whatever makes the field


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("current", 5.2, r"current: velocities given as an array has more than 5 m/s at 2017-10-01"),
        ("wind", -81.0, r"wind: .* more than 80 m/s .*lower wind\.scale"),
        ("stokes", np.inf, r"stokes: .* more than 5 m/s"),
        ("current", np.nan, r"current: .* has no value somewhere at 2017-10-01"),
    ],
)
def test_no_boat_gets_a_speed_that_cannot_be(
    kind: str, value: float, says: str, tmp_path: Path, good_file: Path
) -> None:
    """Fields that come from memory as well: there is one place where levels go to the kernels."""
    (tmp_path / "good.nc").symlink_to(good_file)
    text = config_text(NO_FIELD)
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    calm = np.full((1, LAT.size, LON.size, 2), 0.1)
    bad = calm.copy()
    bad[0, 3, 4, 1] = value
    sources = {
        name: MemorySource(name, LON, LAT, [1506816000.0], bad if name == kind else calm)
        for name in ("current", "wind", "stokes")
    }
    with pytest.raises(InputError, match=says):
        Simulation(load(tmp_path / "study.toml"), sources=sources).advance(1)


def test_the_climatology_scaled_beyond_belief(tmp_path: Path, good_file: Path) -> None:
    (tmp_path / "good.nc").symlink_to(good_file)
    text = config_text(NO_FIELD)
    text = text.replace(
        'product = "cf"\nfiles = ["good.nc"]', 'product = "climatology"\nscale = 10.0\nfastest_m_s = 0.9'
    )
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    code, told = run(tmp_path)
    check_refused(code, told, tmp_path, ("circulation.nc", "current.scale = 10", "raise current.fastest_m_s"))
    text = text.replace("fastest_m_s = 0.9", "fastest_m_s = 50.0")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    assert run(tmp_path)[0] == 0


assert TIMES[-1] >= 48.0
