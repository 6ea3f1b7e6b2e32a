"""What the code promises of itself: who imports whom, kernels that never raise, one compiled driver for all runs."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from structure import SEAS, between_rooms, circles, imports

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "driftsim"
MODULES = sorted(PACKAGE.rglob("*.py"))
KERNELS = sorted((PACKAGE / "kernels").glob("*.py"))
COMPILER = "jit.py"  # sets up compilation; it is no kernel
KERNEL_LIBRARIES = {"__future__", "math", "numba", "numpy", "typing"}
FEW = 60  # boats: whether it compiles anew does not depend on them

Function = ast.FunctionDef | ast.AsyncFunctionDef


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


# --- who imports whom ----------------------------------------------------------------------------------------------


FORBIDDEN = {
    "Kernels import nothing of ours but each other": ("kernels/random.py", "from ..system.errors import InputError"),
    "Results are read without what made them": ("validation/__init__.py", "from ..kernels import drive"),
    "Data flow one way": ("config/values.py", "def f():\n    from ..forcing import grid"),
    "The command line only calls the library": ("cli.py", "from .kernels import jit"),
}
FOUND = {
    ("driftsim.kernels.random", "driftsim.system.errors"),
    ("driftsim.validation", "driftsim.kernels.drive"),
    ("driftsim.config.values", "driftsim.forcing.grid"),
    ("driftsim.cli", "driftsim.kernels.jit"),
}


def test_imports_flow_one_way(tmp_path: Path) -> None:
    """Four forbidden imports are added to a copy: these are found, and no others."""
    shutil.copytree(PACKAGE, tmp_path / "driftsim", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module, line in FORBIDDEN.values():
        with open(tmp_path / "driftsim" / module, "a", encoding="utf-8") as file:
            file.write(f"\n\n{line}\n")
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    broken = re.findall(r"^(.*) BROKEN$", done.stdout, re.MULTILINE)
    assert set(broken) == set(FORBIDDEN), done.stdout
    assert set(re.findall(r"^- +(\S+) -> (\S+) \(l\.", done.stdout, re.MULTILINE)) == FOUND, done.stdout


def test_every_module_has_its_layer() -> None:
    """Else it could import anything."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(contract for contract in settings["contracts"] if contract["type"] == "layers")
    placed = {name.strip() for layer in layers["layers"] for name in layer.replace("|", ":").split(":")}
    there = {path.stem for path in PACKAGE.glob("*.py")} | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert there - {"__init__", *layers["exhaustive_ignores"]} == placed


def imported(module: ast.Module) -> Iterator[tuple[int, str]]:
    """How many packages up (0: absolute) and what each import of a module asks for."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, (node.module or "").partition(".")[0]


OTHERS = {
    "figures/export/extra.py": "needed", "forcing/transport/credentials.py": "client",
    "forcing/doors/opening.py": "_package",
}  # fmt: skip
"""Functions that import a library of an extra by its name."""


def test_no_module_is_imported_by_a_string() -> None:
    """Import contracts do not see such imports; only the root, which may import everything, looks modules up."""
    found = []
    for path in MODULES:
        name = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in ("import_module", "__import__") and name not in ("__init__.py", "_moved.py", *OTHERS):
                found.append(f"{name}:{node.lineno}: {ast.unparse(node)}")
            if called in OTHERS.values():
                names = [str(part.value) for part in ast.walk(node) if isinstance(part, ast.Constant)]
                found += [f"{name}:{node.lineno}: {one}" for one in names if one.startswith((".", "driftsim"))]
    assert not found, "write an import:\n" + "\n".join(found)


@pytest.mark.parametrize("path", [path for path in KERNELS if path.name != COMPILER], ids=named)
def test_kernels_import_only_numpy_numba_and_math(path: Path) -> None:
    for level, name in imported(tree(path)):
        assert level == 1 or (level == 0 and name in KERNEL_LIBRARIES), f"{named(path)} imports {'.' * level}{name}"


def test_nothing_imports_in_a_circle() -> None:
    """Neither rooms nor modules, within functions or at their top."""
    modules = imports(ROOT)
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [{"a", "b", "c"}]
    assert len(modules) >= len(MODULES)
    assert circles(modules) == []
    assert circles(between_rooms(modules)) == []


# --- the sea is data ------------------------------------------------------------------------------------------------


NAMED = {
    "area/area.py": "DEFAULT =",  # the default area's name
    "results/legacy.py": "OLD_SHARE =",  # the reader of old runs
    "forcing/catalogue/jma.py": "",  # a provider and its credit
    "figures/maps/fonts.py": "Noto Sans",
    "figures/report/page.css": "Noto Sans",
    "words/ja.py": "Japanese",  # languages
    "words/ko.py": "Korean",
    "figures/maps/text.py": "Japanese",
    "drift/leeway.py": "Korean fishing vessel",  # a class of boats in the table of leeway
    "studies/fetch.py": "Korean fishing vessel",
    "__init__.py": '>>> result.regions["akita"]',  # examples in docstrings
    "figures/maps/headings.py": "ashore in Akita, ...",
    "results/table.py": "ashore in Akita, ...",
    "validation/records.py": "such as ``akita``",
}
"""Files that may name a place of the default area, and in which lines."""


def test_no_module_names_a_place_of_a_sea() -> None:
    """What is particular to a sea lies in its area (``data/areas``)."""
    found, used = [], set()
    for path in sorted(p for p in PACKAGE.rglob("*") if p.suffix in (".py", ".js", ".css", ".html")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if SEAS.search(line):
                used.add(named(path))
                if NAMED.get(named(path), "never") not in line:
                    found.append(f"{named(path)}:{number}: {line.strip()[:80]}")
    assert found == []
    assert used == NAMED.keys(), "an exception that is needed no more"


# --- how it is written ---------------------------------------------------------------------------------------------


def is_jit(decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return "jit" in ast.unparse(target)


def compiled_functions(module: ast.Module) -> list[Function]:
    return [
        node
        for node in ast.walk(module)
        if isinstance(node, Function) and any(is_jit(decorator) for decorator in node.decorator_list)
    ]


def test_kernels_never_raise() -> None:
    seen = 0
    for path in KERNELS:
        for function in compiled_functions(tree(path)):
            seen += 1
            for node in ast.walk(function):
                assert not isinstance(node, ast.Raise | ast.Assert | ast.Try), (
                    f"{named(path)}:{node.lineno}: {function.name} raises; return a status code"
                )
    assert seen > 30


def test_compilation_is_set_up_in_one_place() -> None:
    """So that every kernel has the same flags and the same cache."""
    for path in MODULES:
        if path.parent.name == "kernels" and path.name == COMPILER:
            continue
        for function in compiled_functions(tree(path)):
            assert path.parent.name == "kernels", f"{named(path)}: {function.name} is compiled outside kernels"
            for decorator in function.decorator_list:
                assert ast.unparse(decorator).partition("(")[0] == "jit", f"{named(path)}: {function.name}"


def public(body: list[ast.stmt], where: str = "") -> Iterator[tuple[str, Function | ast.ClassDef]]:
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield f"{where}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{where}{node.name}.")


def is_attribute(node: Function | ast.ClassDef) -> bool:
    """A protocol's attribute, written as a property without a body."""
    return ast.unparse(node.body[-1]) == "..." and any(ast.unparse(d) == "property" for d in node.decorator_list)


def test_what_is_public_says_what_it_is() -> None:
    """A method may leave it to the protocol that it fulfils."""
    silent = []
    for path in MODULES:
        module = tree(path)
        if ast.get_docstring(module) is None:
            silent.append(named(path))
        of_protocols = {
            name.partition(".")[2]
            for node in module.body
            if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)
            for name, _ in public([node])
        }
        silent += [
            f"{named(path)}: {name}"
            for name, node in public(module.body)
            if ast.get_docstring(node) is None and name.partition(".")[2] not in of_protocols and not is_attribute(node)
        ]
    assert not silent, "no docstring:\n" + "\n".join(silent)


# --- one compiled driver -------------------------------------------------------------------------------------------

VARIANTS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "double members, no flight": {"wind.members": 6, "mixing.flight_speed_m_s": 0.0, "mixing.diffusivity_m2_s": 50.0},
    "euler, nautical": {"run.scheme": "euler", "run.metric": "nautical"},
    "rk2, sphere, backward": {"run.scheme": "rk2", "run.metric": "sphere", "run.direction": "backward"},
    "no shore": {"coast.shoreline": "none"},
    "half steps, refloating": {"run.step_minutes": 30.0, "coast.refloat_half_life_hours": 5.0},
    "errors, redrawn": {
        "mixing.current_error_m_s": 0.1, "mixing.wind_error_m_s": 1.0, "boats.perturbation": "redrawn",
        "boats.jibe_percent_per_hour": 0.0,
    },
    "no tracks": {"output.tracks": 0},
}  # fmt: skip

MORE = """
[boats.capsizing]
wind_m_s = 20.0
[boats.sinking]
mean_life_days = 20.0
"""


def gaussian_current(path: Path) -> Path:
    """A file whose latitudes are not evenly spaced, so that its grid needs another search."""
    lon, lat = np.arange(126.0, 144.1, 1.5), 40.0 + 9.0 * np.sin(np.linspace(-1.2, 1.2, 15))
    shape = (2, lat.size, lon.size)
    names = {"u": "eastward_sea_water_velocity", "v": "northward_sea_water_velocity"}
    xr.Dataset(
        {
            key: (("time", "lat", "lon"), np.full(shape, 0.1, np.float32), {"standard_name": name, "units": "m s-1"})
            for key, name in names.items()
        },
        {
            "time": ("time", [0.0, 30.0], {"standard_name": "time", "units": "days since 2017-11-10"}),
            "lat": ("lat", lat, {"standard_name": "latitude", "units": "degrees_north"}),
            "lon": ("lon", lon, {"standard_name": "longitude", "units": "degrees_east"}),
        },
    ).to_netcdf(path)
    return path


def assert_one_signature(config_file: Path, tmp_path: Path, precision: str) -> None:
    """Configs as different as can be go through the driver that the first one compiled."""
    from driftsim import config
    from driftsim.drift import simulation
    from driftsim.kernels import drive

    more = tmp_path / "more.toml"
    more.write_text(config_file.read_text(encoding="utf-8") + MORE, encoding="utf-8")
    file = {
        "current.product": "cf", "current.files": [str(gaussian_current(tmp_path / "gaussian.nc"))],
        "current.stamp": "instant", "coast.domain": [127.5, 142.5, 34.0, 46.0],
    }  # fmt: skip
    short = {"run.precision": precision, "run.end": "2017-11-23", "boats.number": FEW}
    known: set[Any] = set()
    for label, source, variant in [
        *((label, config_file, variant) for label, variant in VARIANTS.items()),
        ("capsizing and sinking", more, {}),
        ("rectilinear grid from a file", config_file, file),
    ]:
        sim = simulation.Simulation(config.load(source, {**short, **variant}))
        sim.advance(5)
        assert np.isfinite(sim.state["lon"]).all()
        now = set(drive.drive.signatures)
        assert now, label
        known = known or now
        assert now == known, f"{label}: the driver was compiled anew"


def test_one_signature_of_the_driver(tiny_config: Path, tmp_path: Path) -> None:
    assert_one_signature(tiny_config, tmp_path, "single")


@pytest.mark.long
def test_one_signature_of_the_driver_in_double(tiny_config: Path, tmp_path: Path) -> None:
    assert_one_signature(tiny_config, tmp_path, "double")
