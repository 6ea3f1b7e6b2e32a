"""A run's results in the formats of other programs: maps, spreadsheets, globes, array stores.

Everything is written beside its place first and moved there when it is whole. A store takes the place of a store that
driftsim made and nobody has changed, and of nothing else.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...results import store
from ...results.folder import write_marker
from ...results.placing import claim
from ...system.disk import make_folder, refuse_link, sync, temporary
from ...system.errors import InputError
from .layers import LAYERS, Layer, layers_of
from .notes import about

if TYPE_CHECKING:
    from ...results.result import Readable

__all__ = ["FORMATS", "LAYERS", "Layer", "export", "layers_of"]


class Format(NamedTuple):
    """A format: how its output is called, and whether that is one file or a folder of them."""

    name: str
    folder: bool
    layered: bool


FORMATS: dict[str, Format] = {
    "geojson": Format("geojson", folder=True, layered=True),
    "kml": Format("drift.kml", folder=False, layered=True),
    "gpkg": Format("drift.gpkg", folder=False, layered=True),
    "csv": Format("csv", folder=True, layered=True),
    "parquet": Format("parquet", folder=True, layered=True),
    "geoparquet": Format("geoparquet", folder=True, layered=True),
    "zarr": Format("drift.zarr", folder=False, layered=False),
    "geotiff": Format("geotiff", folder=True, layered=False),
}


def export(
    run: Path | str | Readable,
    to: str,
    out: Path | str | None = None,
    *,
    layers: Sequence[str] | None = None,
    overwrite: bool = False,
    area: Path | str | None = None,
) -> list[Path]:
    """Write the results of a run in another format.

    Parameters
    ----------
    run : path, Run or Result
        Folder of a run; or a run that has been read or made in memory.
    to : {"geojson", "kml", "gpkg", "csv", "parquet", "geoparquet", "zarr", "geotiff"}
    out : path, optional
        The file (KML, GeoPackage, Zarr store) or the folder (the others); by default in ``export`` in the run's folder.
    layers : sequence of str, optional
        Some of `LAYERS`; by default all that the run kept.
    overwrite : bool
        Take the place of files that are there, and of a store that driftsim made.
    area : path or str, optional
        Name or folder of the run's area, for its shoreline; by default looked for by name.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        For an unknown format or layer, a run without what is asked for, a file that is there or cannot be written, or
        when a library of the extra ``export`` or ``parquet`` is missing.
    """
    if isinstance(run, Path | str):
        from ...results.output import read_run

        with read_run(run) as opened:
            return export(opened, to, out, layers=layers, overwrite=overwrite, area=area)
    if area is not None:
        run.area_at = area
    if to not in FORMATS:
        raise InputError(f"--to {to}: no such format; choose one of {', '.join(FORMATS)}")
    form = FORMATS[to]
    if layers is not None and not form.layered:
        raise InputError(f"--to {to} has no layers to choose from; leave --layer out")
    place = _place(run, form, out)
    if to == "zarr":
        store.settle(place)
    if not form.folder:
        _refuse(place, to == "zarr", overwrite)
    write = _writer(to)
    folder = place if form.folder else place.parent
    try:
        make_folder(folder)
        beside = temporary(folder)
        beside.mkdir(mode=0o700)
        try:
            write(beside if form.folder else beside / place.name, run, layers)
            made = sorted(path.name for path in beside.iterdir())
            for name in made:
                _seal(beside / name)
            sync(beside)
            for name in made:
                _refuse(folder / name, (beside / name).is_dir(), overwrite)
            for name in made:
                _take_the_place(folder / name, beside / name)
            sync(folder)
            return [folder / name for name in made]
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as problem:
        raise InputError(
            f"{place}: cannot be written ({problem.strerror or problem}); nothing of it was left"
        ) from problem


def _seal(made: Path) -> None:
    """See that what was made is on the disk; a store is marked as ours."""
    if made.is_dir():
        write_marker(made, store.files_of(made), store.KIND)
    for path in (made, *made.rglob("*")) if made.is_dir() else (made,):
        sync(path)


def _refuse(place: Path, is_store: bool, overwrite: bool) -> None:
    """Stop where something is in the place that may not go."""
    if not is_store:
        claim(place, overwrite)
    elif os.path.lexists(place):
        if not overwrite:
            raise InputError(f"{place}: exists already; use --overwrite, or choose another place with -o")
        faults = store.faults(place)
        if faults is None:
            raise InputError(f"{place}: is no store that driftsim made; move it away, or choose another place with -o")
        for name, fault in faults.items():
            raise InputError(f"{place / name}: {fault}; move the store away, or choose another place with -o")


def _take_the_place(place: Path, made: Path) -> None:
    if made.is_dir() and place.exists():
        store.replace(place, made)
    else:
        os.replace(made, place)


def _place(run: Readable, form: Format, out: Path | str | None) -> Path:
    if out is not None:
        place = Path(out)
    elif (folder := getattr(run, "path", None)) is not None:
        place = Path(folder) / "export" / ("" if form.folder else form.name)
        refuse_link(Path(folder) / "export")
    else:
        raise InputError("export: say where to write (out=...) for a run that has no folder")
    if form.folder and place.is_file():
        raise InputError(f"{place}: is a file; this format needs a folder for its files: choose one with -o")
    if not form.folder and place.is_dir() and form.name != "drift.zarr":
        place = place / form.name
    ending = Path(form.name).suffix
    if ending in (".kml", ".gpkg") and place.suffix.lower() != ending:
        raise InputError(f"{place}: does not end in {ending}; name the file so")
    return place


def _writer(to: str) -> Callable[[Path, Readable, Sequence[str] | None], None]:
    """The function that writes a format: (path, run, names of layers or None)."""
    if to in ("zarr", "geotiff"):
        from . import arrays

        return {"zarr": arrays.zarr, "geotiff": arrays.geotiff}[to]
    from . import parquet, vectors

    write = {
        "geojson": vectors.geojson,
        "kml": vectors.kml,
        "gpkg": vectors.gpkg,
        "csv": vectors.tables,
        "parquet": parquet.parquet,
        "geoparquet": parquet.geoparquet,
    }[to]
    return lambda path, run, names: write(path, layers_of(run, names), about(run))
