"""Landings of a finished run counted in regions of one's own: the same boats, told by other names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import config as configuration
from ..area import own_regions
from ..results import output, placing
from ..results.provenance import config_sha256
from ..results.result import Result, Run
from ..system.errors import InputError
from ..system.kinds import Json
from .run import MAPS, Study

if TYPE_CHECKING:
    import xarray as xr

    from ..area.area import Area


def regions(
    folder: Path | str,
    file: Path | str,
    output_folder: Path | str | None = None,
    *,
    name: str = "",
    lead: Sequence[str] = (),
    area: Path | str | None = None,
    overwrite: bool = False,
) -> Study:
    """Count the landings of a finished run in the polygons of a file.

    The run stays as it is. What is written is a run of its own with the same boats, whose tables, maps, report and
    exports have the regions: what a run would have left whose config named them under ``[[area.regions]]``.

    Parameters
    ----------
    folder : path
        Of the run.
    file : path
        Polygons with names: GeoJSON, KML, GPX or a shapefile.
    output_folder : path, optional
        By default the run's name and the file's: ``winter_beats``.
    name : str
        Property of the features that holds their names; by default the usual ones.
    lead : sequence of str
        Keys of the regions that come first; by default those of the file.
    area : path, optional
        Folder of the run's area, if it is not where the run had it.
    overwrite : bool
        Take the place of results that are in the output folder.

    Raises
    ------
    InputError
        If there is no complete run, its shoreline is not at hand, or the file cannot be used.
    """
    file = Path(file).absolute()
    target = Path(output_folder) if output_folder else Path(f"{Path(folder)}_{file.stem}")
    with placing.prepare_folder(target, overwrite) as held:
        held.accept([file])
        with output.read_run(folder) as run:
            result, full = labelled(run, file, name=name, lead=lead, area=area)
            coast = run.coast(area)

            def also(stage: Path) -> None:
                from ..figures import maps

                with Run(stage) as written:
                    maps.draw(written, stage / MAPS[written.summary["direction"]], area=full.folder)

            output.write_run(held, result, coast, tables=(Path(folder) / "arrivals.csv").exists(), also=also)
    return Study(target, output.read_run(target), target / MAPS[result.summary["direction"]])


def labelled(
    run: Run, file: Path, *, name: str = "", lead: Sequence[str] = (), area: Path | str | None = None
) -> tuple[Result, Area]:
    """The run with the regions of a file, and its area with all its data; parameters as for `regions`."""
    coast = run.coast(area)
    if coast is None:
        raise InputError(
            f"{run.path}: the shoreline of its area {run.area.key} is not at hand; name its folder (--area)"
        )
    found = own_regions.read(file, tuple(run.area.regions), name)
    domain = run.settings.get("coast", {}).get("domain") or run.area.domain
    told = own_regions.added(run.summary["area"], found, coast, domain, lead)
    arrivals = run.arrivals.assign_attrs(
        title=run.summary["title"],
        area=json.dumps(told, ensure_ascii=False, separators=(",", ":")),
        coast_lines=" ".join(coast.line_names),
    )
    # A file has one word for each source; the summary has them as they were given.
    sources = [part["source"] for part in run.summary["sources"]]
    arrivals["source"] = arrivals["source"].copy(deep=False).assign_attrs(flag_meanings=sources)
    arrivals["source"].attrs.pop("flag_values", None)
    origin: Json = {**run.summary["provenance"], "config": _config(run.config, file, name)}
    origin["config_sha256"] = config_sha256(origin["config"])
    info = {"config": origin["config"], "provenance": origin, "forcing": run.summary["forcing"], "timings": run.info}
    kept = (run.density, run.tracks, run.forcing_mean)
    density, tracks, mean = (None if dataset is None else _bare(dataset) for dataset in kept)
    result = Result(_bare(arrivals), density, tracks, mean, info)
    result.area_at = area
    result.summary["caveats"] = run.summary["caveats"]  # what is to be said of the boats does not change
    return result, run.full_area(area)


def _bare(dataset: xr.Dataset) -> xr.Dataset:
    """A data set as it was before it was written: without what a file says of how its variables are stored."""
    out = dataset.copy(deep=False)
    for name, variable in out.variables.items():
        kept = {key: value for key, value in variable.attrs.items() if key not in ("_FillValue", "coordinates")}
        out[name].attrs = kept
    return out


def _config(text: str, file: Path, name: str) -> str:
    """The run's config with the regions: what a run would have been given that knew them."""
    rows = ["", "[[area.regions]]", f"file = {json.dumps(str(file), ensure_ascii=False)}"]
    rows += [f"name_property = {json.dumps(name, ensure_ascii=False)}"] if name else []
    text = text.rstrip("\n") + "\n" + "\n".join(rows) + "\n"
    try:
        return configuration.dump(configuration.parse_text(text, file.parent, name="config.toml"))
    except InputError:  # of an earlier grammar, or its fields have been moved
        return text
