"""The built package works away from the checkout, with the data files that it carries and the libraries it declares."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest

from driftsim import __version__ as VERSION
from driftsim.kernels.jit import cache_directory
from driftsim.studies.study import Study

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(
    os.environ.get("DRIFTSIM_OFFLINE") == "1", reason="DRIFTSIM_OFFLINE=1: the libraries cannot be fetched"
)


def do(*command: object, cwd: Path, timeout: float = 400.0) -> str:
    """Run a command as somebody else would: nothing of this checkout or process in its environment."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTHON", "VIRTUAL_ENV", "DRIFTSIM_")) or key == "PYTHONDONTWRITEBYTECODE"
    }
    kept["DRIFTSIM_CACHE_DIR"] = str(cwd / "cache")  # nothing left behind in the user's
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=kept, capture_output=True, text=True, timeout=timeout
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source archive of this checkout and the wheel made from it."""
    folder = tmp_path_factory.mktemp("dist")
    own = () if find_spec("hatchling") is None else ("--no-isolation",)  # else it fetches one, twice
    do(sys.executable, "-m", "build", *own, "--outdir", folder, ROOT, cwd=folder)
    return folder


def environment(home: Path, built: Path, *options: str) -> Path:
    """Install the wheel into a new environment; the folder of its scripts."""
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    # This environment's pip installs into the other one: that one needs no pip of its own, which saves ten seconds.
    do(
        sys.executable, "-m", "pip", "--python", scripts / "python", "install", "--quiet", "--no-compile",
        "--disable-pip-version-check", *options, next(built.glob("*.whl")), cwd=home,
    )  # fmt: skip
    return scripts


def test_the_wheel_carries_data_and_configs(built: Path) -> None:
    with zipfile.ZipFile(built / f"driftsim-{VERSION}-py3-none-any.whl") as wheel:
        names = set(wheel.namelist())
    for name in (
        "addresses.toml",
        "areas/sea_of_japan/circulation.nc",
        "leeway_classes.csv",
        "areas/sea_of_japan/ports.csv",
        "areas/sea_of_japan/area.toml",
        "areas/sea_of_japan/wind_roses_2deg.csv",
        "areas/sea_of_japan/shoreline.npz",
        "areas/sea_of_japan/towns.csv",
        "fonts/DriftsimSansJPRegular.ttf",
        "areas/sea_of_japan/records/events.csv",
    ):
        assert f"driftsim/_data/{name}" in names, name
    assert "driftsim/py.typed" in names
    for name in ("page.html", "page.css", "script/drift.js"):
        assert f"driftsim/figures/report/{name}" in names, name
    for path in (ROOT / "configs").glob("*.toml"):
        assert f"driftsim/_configs/{path.name}" in names, path.name
    licences = {name.rpartition("/")[2] for name in names if "/licenses/" in name}
    assert {"LICENSE", "LICENSE-GSHHG.txt", "OFL.txt"} <= licences
    strays = [name for name in names if "__pycache__" in name or name.startswith(("tests/", "docs/"))]
    assert not strays


def test_the_wheel_is_small(built: Path) -> None:
    assert next(built.glob("*.whl")).stat().st_size < 4e6


def test_the_source_archive_can_be_tested(built: Path) -> None:
    with tarfile.open(built / f"driftsim-{VERSION}.tar.gz") as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for name in (
        "pyproject.toml",
        "LICENSE",
        "README.md",
        "Makefile",
        "configs/quickstart.toml",
        "tests/test_minimal.py",
    ):
        assert name in names, name
    assert not [name for name in names if name.startswith((".venv", "runs/", "dist/"))]


def works(scripts: Path, folder: Path) -> None:
    """The way of somebody new, in an empty folder, but with compiled code that another environment left."""
    compiled, _ = cache_directory()
    assert compiled is not None, "no folder for compiled code"
    shutil.copytree(compiled, folder / "cache" / compiled.name)
    code = "import driftsim; from driftsim.area import area; print(driftsim.__file__, area.default().path('ports.csv'))"
    package, data = map(Path, do(scripts / "python", "-c", code, cwd=folder).split())
    assert scripts.parent in package.parents
    assert data == package.parent / "_data" / "areas/sea_of_japan/ports.csv"
    driftsim = scripts / ("driftsim.exe" if os.name == "nt" else "driftsim")
    assert VERSION in do(driftsim, "--version", cwd=folder)
    do(driftsim, "init", "mine.toml", cwd=folder)
    table = do(driftsim, "run", "mine.toml", "-o", "out", "--boats", "200", cwd=folder)
    assert "Akita" in table
    summary = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["boats"] == 200
    assert summary["version"] == VERSION
    assert (folder / "out" / "landing_map.png").stat().st_size > 50_000


def test_it_runs_away_from_the_checkout(built: Path, tiny_run: Study, tmp_path: Path) -> None:
    """With this environment's libraries: the folders in a .pth file are searched, but .pth files in them are not
    read, so that the checkout, which is installed by one, stays out."""
    scripts = environment(tmp_path / "env", built, "--no-deps")
    libraries = {str(Path(str(metadata.distribution(name).locate_file(""))).resolve()) for name in ("numpy", "click")}
    place = do(scripts / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path)
    (Path(place.strip()) / "libraries.pth").write_text("\n".join(libraries), encoding="utf-8")
    works(scripts, tmp_path)
    drivers = [len([*cache.rglob("drive.drive-*.nbc")]) for cache in (cache_directory()[0], tmp_path / "cache")]
    assert drivers[0] == drivers[1] > 0, "it compiled again"


@pytest.mark.long
def test_it_runs_with_nothing_but_the_libraries_that_it_declares(built: Path, tiny_run: Study, tmp_path: Path) -> None:
    works(environment(tmp_path / "env", built), tmp_path)
    assert "nothing has been run" in do(tmp_path / "env" / "bin" / "driftsim", "check", "mine.toml", cwd=tmp_path)
    shutil.rmtree(tmp_path / "env")  # half a gigabyte
