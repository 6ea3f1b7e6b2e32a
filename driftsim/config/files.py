"""The files that a config names: made absolute, globs resolved, the missing ones told."""

from __future__ import annotations

import glob
import itertools
import os
from collections.abc import Iterator
from pathlib import Path as FilePath

from ..area import area as areas
from ..system import names
from ..system.errors import InputError
from ..system.kinds import Json
from .checks import AREA, Finding, area_of
from .models import Config, OwnRegion, ReleaseSource
from .toml_text import Path, literal
from .values import nearest

MOST_FILES = 100_000


def with_area(data: Json, folder: FilePath) -> Json:
    """The tables of a config with the folder of its area made absolute, and the area's domain where it has none."""
    table, coast = data.get("area"), data.get("coast", {})
    name = table.get("name") if isinstance(table, dict) else None
    if not isinstance(name, str) or not name or "\0" in name or name in areas.built_in():
        return data
    path = os.path.abspath(folder / name)
    data = {**data, "area": {**table, "name": path}} if isinstance(table, dict) else data
    try:
        domain = areas.Area.load(path).domain
    except InputError:
        return data  # the checks say so
    if isinstance(coast, dict) and "domain" not in coast:
        data = {**data, "coast": {**coast, "domain": list(domain)}}
    return data


def _port(at: Path, source: ReleaseSource, area: areas.Area) -> tuple[str, list[Finding]]:
    """The port's name as the area has it, from any of its names."""
    found = area.port(source.port)
    if found is not None:
        return found.name, []
    names = [port.name for port in area.ports]
    near = nearest(source.port, [spelling for port in area.ports for spelling in (port.name, *port.aliases)])
    meant = area.port(near) if near else None
    shown = ": " + ", ".join(sorted(names)[:12]) + (" ..." if len(names) > 12 else "") if names else ""
    what = f"is not a known port{shown}" if names else f"is not a known port: the area {area.key} has none"
    return source.port, [Finding((*at, "port"), what, (AREA,), literal(meant.name) if meant else None)]


def with_files(config: Config, folder: FilePath) -> tuple[Config, list[Finding]]:
    """The config with absolute file names instead of relative ones and globs, and those that are not there."""
    missing: list[Finding] = []
    update: Json = {}
    if config.area.regions:
        update["area"] = config.area.model_copy(update={"regions": tuple(_regions(config, folder, missing))})
    for name in ("current", "wind", "stokes"):
        section = getattr(config, name)
        if section is not None and section.files:
            files: list[str] = []
            for n, pattern in enumerate(section.files):
                found, what = _files(folder, pattern)
                files += found
                if what:
                    missing.append(Finding((name, "files", n), what, ((name, "product"),)))
            update[name] = section.model_copy(update={"files": tuple(dict.fromkeys(files))})
    if config.mixing.diffusivity_file:
        one, what = _file(folder, config.mixing.diffusivity_file)
        update["mixing"] = config.mixing.model_copy(update={"diffusivity_file": one})
        if what:
            missing.append(Finding(("mixing", "diffusivity_file"), what))
    sources, area = list(config.release.sources), area_of(config)
    for n, source in enumerate(sources):
        if source.port and source.kind == "port" and not isinstance(area, str):
            name, wrong = _port(("release", "sources", n), source, area)
            sources[n] = source = source.model_copy(update={"port": name})
            missing += wrong
        if source.file:
            one, what = _file(folder, source.file)
            sources[n] = source.model_copy(update={"file": one})
            if what:
                missing.append(Finding(("release", "sources", n, "file"), what))
    update["release"] = config.release.model_copy(update={"sources": tuple(sources)})
    return config.model_copy(update=update), missing


def _regions(config: Config, folder: FilePath, missing: list[Finding]) -> Iterator[OwnRegion]:
    for n, region in enumerate(config.area.regions):
        if not region.file:
            yield region
            continue
        one, what = _file(folder, region.file)
        if what:
            missing.append(Finding(("area", "regions", n, "file"), what))
        yield region.model_copy(update={"file": one})


def _file(folder: FilePath, name: str) -> tuple[str, str]:
    path = os.path.abspath(folder / name)
    if os.path.isfile(path):
        return path, ""
    if names.is_store(path):
        return path, f"is a store, not a file: {_short(path)}"
    if os.path.isdir(path):
        return path, f"is a folder, not a file: {_short(path)}"
    if os.path.lexists(path) and not os.path.islink(path):
        return path, f"is not a regular file: {_short(path)}"
    return path, f"there is no such file: {_short(path)}"


def _short(path: str) -> str:
    return path if len(path) <= 300 else f"{path[:140]} ... {path[-140:]}"


def _files(folder: FilePath, pattern: str) -> tuple[list[str], str]:
    """The files that a name or glob stands for, and what is wrong with it."""
    if not pattern:
        return [], "must be the name of a file"
    if names.is_address(pattern) or names.is_given(pattern):
        return [pattern], ""
    path, what = _file(folder, pattern)
    if not what or names.is_store(path):
        return [path], ""
    if not glob.has_magic(pattern):
        return [], what
    parts = FilePath(path).parts
    if any("**" in part for part in parts) or sum(glob.has_magic(part) for part in parts) > 2:
        return [], "may hold * in two parts of the path at most, and no **: name the folders"
    there = (found for found in glob.iglob(path) if os.path.isfile(found) or names.is_store(found))
    found = sorted(itertools.islice(there, MOST_FILES + 1))
    if len(found) > MOST_FILES:
        return [], f"matches more than {MOST_FILES} files"
    return found, "" if found else f"matches no file: {_short(path)}"
