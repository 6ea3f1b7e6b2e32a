"""Wheels of every extra, for each system that the page names: resolved by a package index, not installed."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLATFORMS = {
    "Linux x86": [f"manylinux_2_{n}_x86_64" for n in (28, 27, 24, 17)] + ["manylinux2014_x86_64"],
    "Linux ARM": [f"manylinux_2_{n}_aarch64" for n in (28, 27, 24, 17)] + ["manylinux2014_aarch64"],
    "macOS ARM": [f"macosx_{n}_0_{kind}" for n in (14, 13, 12, 11) for kind in ("arm64", "universal2")],
    "Windows": ["win_amd64"],
}
EXTRAS = ("animate", "copernicus", "era5", "stores", "grib", "parquet", "export")
BUILT = {"eccodes": ["eccodeslib"]}
"""What a package of Python alone brings along in C."""

MISSING: set[tuple[str, str, str]] = {("grib", "Windows", "3.11"), ("grib", "Windows", "3.14")}
"""Extras without wheels, as the page on installing tells: system and version of Python."""


@pytest.mark.long
@pytest.mark.parametrize("version", ["3.11", "3.14"])
@pytest.mark.parametrize("system", PLATFORMS)
def test_wheels_of_every_extra(system: str, version: str, tmp_path: Path) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    tags = [word for tag in PLATFORMS[system] for word in ("--platform", tag)]
    command = [
        sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--target", str(tmp_path), *tags,
        "--python-version", version, "--only-binary=:all:", "--no-deps", "--quiet", "--disable-pip-version-check",
        "--report", "-",
    ]  # fmt: skip
    lacking = set()
    for extra in EXTRAS:
        for wanted in declared[extra]:
            name = wanted.partition(">")[0]
            for package in (wanted, *BUILT.get(name, [])):
                done = subprocess.run([*command, package], capture_output=True, text=True, timeout=600)
                if done.returncode and "No matching distribution" not in done.stderr + done.stdout:
                    pytest.skip(f"no package index answers here: {done.stderr[-200:]}")
                if done.returncode:
                    lacking.add((extra, system, version))
                else:
                    assert json.loads(done.stdout)["install"][0]["download_info"]["url"].endswith(".whl")
    assert lacking == {entry for entry in MISSING if entry[1:] == (system, version)}
