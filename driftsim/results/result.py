"""What a run gives: in memory, or read back from its folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..system.door import AGAIN, read_dataset, read_json, read_text, read_toml, shaped
from ..system.errors import InputError
from ..system.kinds import Json, JsonView
from ..system.percent import percent, span
from . import answer, draws, legacy, placing, shards, statistics
from .columns import ARRIVALS, DENSITY, FORCING_MEAN, TRACKS, describe, landed, rows_of
from .folder import Marker
from .harvest import Harvest, of_arrivals
from .plotter import plotter

if TYPE_CHECKING:
    import geopandas
    import xarray as xr

    from ..area.area import Area
    from ..area.coast import Coast
    from ..figures.maps.plots import Plots


class Readable:
    """What a result in memory and one in a folder have in common."""

    arrivals: xr.Dataset
    density: xr.Dataset | None
    tracks: xr.Dataset | None
    forcing_mean: xr.Dataset | None
    info: Json
    path: Path | None = None
    """The folder of one that lies in one."""
    area_at: Path | str | Area | None = None
    """The area with its data, or where it lies; else it is looked for by the name that the results carry."""

    @property
    def summary(self) -> Json:
        """All numbers of the run."""
        raise NotImplementedError

    @property
    def settings(self) -> Json:
        """The resolved config as tables."""
        from .schema import Settings

        text = self.config if isinstance(self, Run) else self.info.get("config", "")
        name = str(self.path / "config.toml") if isinstance(self, Run) else "config"
        return shaped(read_toml(text, name), Settings, name)

    @property
    def area(self) -> Area:
        """The area, as the results carry it: without its shoreline."""
        return answer.area_of(self.summary)

    def coast(self, area: Path | str | Area | None = None) -> Coast | None:
        """The shoreline of the run's area, if it is to be had: by its name, or from a folder that is given.

        Parameters
        ----------
        area
            Name or folder of the area, or the area; by default looked for by name, then in the folder that the run's
            config names.

        Raises
        ------
        InputError
            If the shoreline that is found is not the one that the run had.
        """
        from . import shore

        return shore.of_run(self.area, self._place_of_area(area))

    def _place_of_area(self, area: Path | str | Area | None) -> Path | str | Area | None:
        """Where the area's data lie: as given, else the folder that the config names, where there is one."""
        place = self.area_at if area is None else area
        if place is not None:
            return place
        named = self.settings.get("area", {}).get("name", "")
        return named if named and os.path.isfile(os.path.join(named, "area.toml")) else None

    def full_area(self, area: Path | str | Area | None = None) -> Area:
        """The run's area with its data (towns, records), if they are to be had; parameters as for `coast`."""
        from . import shore

        return shore.area_of(self.area, self._place_of_area(area))

    @property
    def regions(self) -> dict[str, Json]:
        """Numbers of each region by key: boats, probability, intervals, share of the landings at home, days adrift."""
        regions: dict[str, Json] = self.summary["regions"]
        return regions

    def along_coast(self, coast: Coast) -> Json:
        """Landings by kilometre of the coast: the columns of ``landings_by_km.csv``."""
        from .landing_bins import landings_by_km

        return landings_by_km(self.arrivals, coast)

    def to_xarray(self) -> xr.Dataset:
        """The arrivals, one row a boat, with dates for times."""
        import xarray as xr

        return xr.decode_cf(describe(self.arrivals))

    def to_geodataframe(self) -> geopandas.GeoDataFrame:
        """The landings as a GeoDataFrame of points (EPSG:4326), a row each; needs the extra ``export``.

        Raises
        ------
        InputError
            If geopandas is not installed.
        """
        try:
            import geopandas
        except ImportError as problem:
            raise InputError(f"geopandas is not installed ({problem}); pip install 'driftsim[export]'") from problem
        columns = landed(self.arrivals)
        points = geopandas.points_from_xy(columns.pop("landing_lon"), columns.pop("landing_lat"), crs="EPSG:4326")
        return geopandas.GeoDataFrame(columns, geometry=points)

    @property
    def plot(self) -> Plots:
        """Figures: ``plot.landings()``, ``density``, ``dates``, ``sources(region)``, ``zoom(region)``, ``tracks``, ...

        ... and ``variance`` of a run whose members draw what nobody knows.
        """
        return plotter().Plots(self)

    def _repr_html_(self) -> str:
        """For notebooks: the tree and a small map."""
        return plotter().as_html(self)

    def __repr__(self) -> str:
        summary = self.summary
        kept = [name for name in ("tracks", "density", "forcing_mean") if getattr(self, name) is not None]
        lines = [
            f"{type(self).__name__}: {summary['title'] or 'untitled'}",
            f"├── {summary['boats']:,} boats, {summary['members']} members, seed {summary['seed']}",
            *_tree(summary),
            f"└── arrivals ({', '.join(['boat: ' + format(summary['boats'], ','), *kept])})",
        ]
        return "\n".join(lines)


def _tree(summary: JsonView) -> list[str]:
    """The regions that lead, a branch each; in a run without arrivals what there is in their place."""
    adrift = f"{summary['outcomes']['adrift']:,} of {summary['boats']:,} still at sea"
    if answer.is_backward(summary):
        return [f"├── paths back in time: {adrift} at the beginning of the period"]
    if not answer.has_coast(summary):
        return [f"├── no shore: {adrift}"]
    shares, kind = answer.shares_lead(summary), answer.range_kind(summary)
    prefix, name = ("share_", "share_of_home") if shares else ("", "probability")
    around = {
        "all": f": any {answer.season_word(summary)}",
        "season": ": nine seasons in ten",
        "mean": ": mean",
        "counting": "",
    }[kind]
    wide = "all" if kind == "all" else "season"
    shown = statistics.select(summary, answer.leading(summary)).values()
    home = answer.area_of(summary).name(answer.home(summary))
    what = f"share of {home}'s landings" if shares else "chance of a boat"
    rows = [f"├── {adrift}", f"├── regions ({what}{around})"]
    for i, of in enumerate(shown):
        ends = span(of[f"{prefix}{wide}_low"], of[f"{prefix}{wide}_high"])
        told = f"{percent(of[name])} %" if ends == "–" else ends
        rows.append(f"│   {'└' if i == len(shown) - 1 else '├'}── {of['name']}: {told}")
    return rows


@dataclass(repr=False)
class Result(Readable):
    """A run in memory.

    Attributes
    ----------
    arrivals
        One row per boat.
    density, tracks, forcing_mean
        See the functions of the same names in this module; None if not asked for.
    info
        ``config`` (resolved, TOML text), ``seed``, ``forcing`` (kind to the notes and files of the field), ``timings``
        (what differs from run to run: wall_s, compile_s, particle_steps, particle_steps_per_s, threads), ``changes``
        (of a run that was resumed with something other: a list of ``step``, ``moment``, ``changed``).
    region_table
        Reported regions; default those of the area.
    """

    arrivals: xr.Dataset
    density: xr.Dataset | None = None
    tracks: xr.Dataset | None = None
    forcing_mean: xr.Dataset | None = None
    info: Json = field(default_factory=dict)
    region_table: Mapping[str, statistics.Region] | None = None

    @cached_property
    def summary(self) -> Json:
        """All numbers of the run (computed when first asked for)."""
        body = statistics.summarise(self.arrivals, self.region_table, self.info.get("forcing"))
        return with_changes(body, self.info.get("changes", ()))

    def harvest(self) -> Harvest:
        """The same, as it is written."""
        return of_arrivals(
            self.arrivals,
            self.region_table,
            tracks=self.tracks,
            density=self.density,
            forcing_mean=self.forcing_mean,
            info=self.info,
        )


def with_changes(body: Json, changes: Iterable[JsonView]) -> Json:
    """The numbers of a run, with a sentence for each time that it was resumed with something other."""
    for change in changes:
        body["caveats"].append(
            f"The run was resumed at step {change['step']} ({change['moment']}) with something other: "
            f"{'; '.join(change['changed'])}."
        )
    return body


class Run(Readable):
    """A run in a folder; files are read when first asked for, and refused where they are not those of the run.

    Attributes
    ----------
    path
        The folder.
    marker
        The checksums of its files; None: they are taken as they are.
    """

    path: Path

    def __init__(self, path: Path, marker: Marker | None = None) -> None:
        self.path, self.marker = path, marker

    def _own(self, name: str) -> Path | None:
        """A file of the run, as it was written; None where the run has none of that name.

        Raises
        ------
        InputError
            If it is another one, or has been changed.
        """
        file = self.path / name
        if self.marker is None:
            return file if os.path.lexists(file) else None
        if name not in self.marker.files:
            if os.path.lexists(file):
                raise InputError(f"{file}: does not belong to the run in this folder, which left none; take it away")
            return None
        fault = self.marker.fault(name)
        if fault:
            raise InputError(f"{file}: {fault}; put back the run's own, or {AGAIN} (`driftsim verify {self.path}`)")
        return file

    def _needed(self, name: str) -> Path:
        file = self._own(name)
        if file is None:
            raise InputError(f"{self.path / name}: not there; the run was not finished, or the file was taken away")
        return file

    @cached_property
    def arrivals(self) -> xr.Dataset:  # type: ignore[override]
        """One row per boat; times are seconds since the run's start."""
        from . import examined

        names = placing.partitions(self.path)
        file = self._needed(names[0] if names else "arrivals.nc")
        if len(names) > 1:
            whole = shards.joined([self._needed(name) for name in names])
        else:
            whole = read_dataset(file, rows_of(ARRIVALS, "boat") | draws.VARIABLES)
        found, summary = examined.check_arrivals(whole, file), self.summary
        if [found.sizes["boat"], found.attrs["members"]] != [summary["boats"], summary["members"]]:
            raise InputError(f"{file}: has other boats or members than summary.json; {AGAIN}")
        if statistics.outcomes(found) != summary["outcomes"]:
            raise InputError(f"{file}: has other outcomes than summary.json; {AGAIN}")
        return found

    def arrival(self, boat: int) -> xr.Dataset:
        """The row of one boat of the arrivals, without those of the others in memory.

        Raises
        ------
        InputError
            If the run has no boat of this number.
        """
        from . import examined

        for name in placing.partitions(self.path) or ["arrivals.nc"]:
            file = self._needed(name)
            found = read_dataset(file, rows_of(ARRIVALS, "boat") | draws.VARIABLES, pick=("boat", boat))
            if found.sizes["boat"]:
                break
        else:
            raise InputError(f"{self.path}: has no boat {boat}; its {self.summary['boats']:,} are numbered from 0 on")
        return examined.check_arrivals(found, file)

    @cached_property
    def density(self) -> xr.Dataset | None:  # type: ignore[override]
        """Boats afloat by week and class; None if the run did not keep it."""
        from . import examined

        file = self._own("density.nc")
        return None if file is None else examined.check_density(read_dataset(file, DENSITY), self.arrivals, file)

    @cached_property
    def tracks(self) -> xr.Dataset | None:  # type: ignore[override]
        """Trajectories of the first boats; None if the run did not keep them."""
        from . import examined

        file = self._own("tracks.nc")
        return None if file is None else examined.check_tracks(read_dataset(file, TRACKS), self.arrivals, file)

    @cached_property
    def forcing_mean(self) -> xr.Dataset | None:  # type: ignore[override]
        """Mean current and wind by fortnight; None if the run did not keep it."""
        from . import examined

        file = self._own("forcing_mean.nc")
        return None if file is None else examined.check_forcing(read_dataset(file, FORCING_MEAN), file)

    @cached_property
    def summary(self) -> Json:
        """All numbers of the run, from ``summary.json``."""
        from .schema import Summary

        return read_json(self._needed("summary.json"), Summary, upgrade=legacy.upgrade)

    @cached_property
    def info(self) -> Json:  # type: ignore[override]
        """What differs from run to run, from ``run.json``."""
        from .schema import Timings

        return read_json(self.path / "run.json", Timings)

    @cached_property
    def validation(self) -> Json | None:
        """What ``driftsim validate`` found, from ``validation.json``; None where it has not run."""
        from .schema import Validation

        file, remedy = self.path / "validation.json", "run driftsim validate again"
        if not os.path.lexists(file):
            return None
        if self.marker is not None and (fault := self.marker.fault(file.name)):
            raise InputError(f"{file}: {fault}; {remedy}")
        return read_json(file, Validation, remedy)

    @cached_property
    def config(self) -> str:
        """The resolved config, TOML text."""
        file = self._needed("config.toml")
        text = read_text(file)
        if text != self.summary["provenance"]["config"]:
            raise InputError(f"{file}: is not the config of summary.json; put back the run's own, or {AGAIN}")
        return text

    def close(self) -> None:
        """Let go of what was read."""
        for name in ("arrivals", "density", "tracks", "forcing_mean"):
            self.__dict__.pop(name, None)

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
