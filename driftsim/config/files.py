"""The files that a config names: made absolute, globs resolved, the missing ones told."""

from __future__ import annotations

import glob
import itertools
import os
from pathlib import Path as FilePath
from typing import Any

from ..system import formats
from .checks import Finding
from .models import Config

MOST_FILES = 100_000


def with_files(config: Config, folder: FilePath) -> tuple[Config, list[Finding]]:
    """The config with absolute file names instead of relative ones and globs, and those that are not there."""
    missing: list[Finding] = []
    update: dict[str, Any] = {}
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
    sources = list(config.release.sources)
    for n, source in enumerate(sources):
        if source.file:
            one, what = _file(folder, source.file)
            sources[n] = source.model_copy(update={"file": one})
            if what:
                missing.append(Finding(("release", "sources", n, "file"), what))
    update["release"] = config.release.model_copy(update={"sources": tuple(sources)})
    return config.model_copy(update=update), missing


def _file(folder: FilePath, name: str) -> tuple[str, str]:
    path = os.path.abspath(folder / name)
    if os.path.isfile(path):
        return path, ""
    if formats.is_store(path):
        return path, f"{formats.STORE}: {_short(path)}"
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
    path, what = _file(folder, pattern)
    if not what:
        return [path], ""
    if not glob.has_magic(pattern):
        return [], what
    parts = FilePath(path).parts
    if any("**" in part for part in parts) or sum(glob.has_magic(part) for part in parts) > 2:
        return [], "may hold * in two parts of the path at most, and no **: name the folders"
    found = sorted(itertools.islice(filter(os.path.isfile, glob.iglob(path)), MOST_FILES + 1))
    if len(found) > MOST_FILES:
        return [], f"matches more than {MOST_FILES} files"
    return found, "" if found else f"matches no file: {_short(path)}"
