"""The folder of an area: made whole from its file."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...system.disk import whole
from ...system.errors import InputError
from ...system.kinds import AnyArray
from .. import area_file
from ..area_file import GSHHG, AreaFile
from . import checks, lines, outlines, owners, rasters, rings
from .frame import PER_DEGREE, Frame
from .samples import sampled

AREA, SHORELINE = "area.toml", "shoreline.npz"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """An area that was made: what goes into ``shoreline.npz``, and its stretches.

    Attributes
    ----------
    arrays : dict
        By name, as `data/coast/README.md` lists them.
    stretches : tuple of Named
        By code.
    """

    arrays: dict[str, AnyArray]
    stretches: tuple[owners.Named, ...]


def make(area: AreaFile, folder: Path, say: Say = lambda _: None) -> Made:
    """The shoreline of an area with its stretches, lines and rasters.

    Parameters
    ----------
    area : AreaFile
    folder : Path
        Where the names of files in it begin.
    say : callable
        Told what has been done, a line at a time.

    Raises
    ------
    InputError
        If the file does not fit the shoreline.
    """
    wrong = list(area_file.check_shores(area))
    if wrong:
        raise InputError("\n  ".join(wrong))
    frame = Frame(*area.box)
    named = owners.names_of(area)
    more, drawn = outlines.named(area, folder, len(named))
    polygons = rings.gshhg() if area.shoreline == GSHHG else outlines.land(folder / area.shoreline, frame)
    outline = rings.cut(polygons, frame)
    if not outline:
        raise InputError(
            f"box = {list(area.box)}: the shoreline has no land there; move the box, or run without an area and with "
            'coast.shoreline = "none"'
        )
    found = owners.owners(area, outline, frame, [*named, *more], drawn)
    if area_file.made_later(area):
        wrong = list(area_file.references(area, [(stretch.key, stretch.country) for stretch in found.stretches]))
        if wrong:
            raise InputError("\n  ".join(wrong))
    say(f"{len(outline)} rings, {sum(map(len, outline))} vertices")
    for stretch, number in zip(found.stretches, owners.counts(found, outline), strict=True):
        say(f"  {stretch.key:18s} {number:7d} segments")
    points, owner = sampled(outline, found.codes, frame)
    near, masks = rasters.near(points, owner, len(found.stretches), frame)
    of_lines = lines.lines(area, outline, found, frame)
    for key, a, b in zip(of_lines["line_keys"], of_lines["line_starts"][:-1], of_lines["line_starts"][1:], strict=True):
        say(f"  line {key:18s} {of_lines['line_km'][b - 1]:8.1f} km, {b - a - 1:4d} pieces")
    arrays: dict[str, AnyArray] = {
        "box": np.array(frame, np.float64),
        "per_degree": np.array(PER_DEGREE),
        # Differences of microdegrees pack three times better than the values.
        "vertices": np.diff(np.concatenate(outline).T, axis=1, prepend=0).astype(np.int32),
        "ring_starts": np.r_[0, np.cumsum([len(ring) for ring in outline])].astype(np.int32),
        # The slot between a ring's last vertex and the next ring's first is no segment; it repeats the last code.
        "stretch": np.concatenate([np.r_[code, code[-1]] for code in found.codes]),
        "stretch_keys": np.array([stretch.key for stretch in found.stretches]),
        "land": np.packbits(rasters.land(outline, frame)),
        "clear": rasters.clear(polygons, frame),
        "near": near,
        "masks": masks,
        **of_lines,
    }
    checks.check(arrays, outline, frame)
    return Made(arrays, found.stretches)


def packed(made: Made) -> bytes:
    """The content of ``shoreline.npz``: the same arrays give the same bytes."""
    out = io.BytesIO()
    np.savez_compressed(out, **made.arrays)  # type: ignore[arg-type]
    return out.getvalue()


def build(path: Path, folder: Path, say: Say = lambda _: None, *, overwrite: bool = False) -> Path:
    """Make the folder of an area from its file.

    What is written: ``shoreline.npz``; ``area.toml``, with a table for each stretch that the shoreline or the polygons
    gave (their names can be changed there); the tables of ports and towns. Files that are the same already are left.

    Parameters
    ----------
    path : Path
        ``area.toml``.
    folder : Path
        Made where it is not there.
    say : callable
        Told what has been done, a line at a time.
    overwrite : bool
        Whether files of these names may be replaced.

    Returns
    -------
    Path
        That of the shoreline.

    Raises
    ------
    InputError
        If the file is wrong, or the folder cannot be written, or holds other files of these names.
    """
    area = area_file.load(path)
    files = {name: _table(path, key, name) for key, name in (("ports", area.ports), ("towns", area.towns)) if name}
    _refuse_others(folder, files, overwrite)
    try:
        made = make(area, path.parent, say)
    except InputError as error:
        text = str(error)
        raise InputError(text if text.startswith(str(path.parent / "")) else f"{path}: {text}") from None
    files |= {SHORELINE: packed(made), AREA: complete(path.read_bytes(), area, made)}
    _refuse_others(folder, files, overwrite)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            if not _holds(folder / name, content):
                with whole(folder / name) as half:
                    half.write_bytes(content)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror or error}); give another with -o") from None
    return folder / SHORELINE


def _refuse_others(folder: Path, files: Mapping[str, bytes], overwrite: bool) -> None:
    for name, content in files.items():
        if os.path.lexists(folder / name) and not overwrite and not _holds(folder / name, content):
            raise InputError(f"{folder / name}: exists already, and is another; use --overwrite, or another -o")


def _holds(target: Path, content: bytes) -> bool:
    return target.is_file() and target.read_bytes() == content


def _table(path: Path, key: str, name: str) -> bytes:
    if Path(name).name != name:
        raise InputError(f"{path}: {key} = {area_file.shown(name)} must be a file in the folder of area.toml")
    try:
        return (path.parent / name).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {key} = {area_file.shown(name)} cannot be read ({error.strerror})") from None


def complete(text: bytes, area: AreaFile, made: Made) -> bytes:
    """The area's file with a table for each stretch that it does not name; the same bytes if it names all."""
    more = made.stretches[len(area.stretches) :]
    if not more:
        return text
    rows = ["", "", "# Stretches that the shoreline or the polygons gave; their names can be changed."]
    for stretch in more:
        rows += ["", "[[stretches]]", f'key = "{stretch.key}"', f"name = {_quoted(stretch.name)}"]
        rows += [f"country = {_quoted(stretch.country)}"]
        rows += [f"at = [{stretch.at[0]}, {stretch.at[1]}]"] if stretch.at else []
    return text.rstrip() + ("\n".join(rows) + "\n").encode()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
