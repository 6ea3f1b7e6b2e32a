"""Figures by name: which there are, how a run is opened for them, and how they become files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from driftsim.figures import canvas
from driftsim.figures.maps.map_data import MapData, read_map_data
from driftsim.figures.maps.style import STYLE, Look, look
from driftsim.results import answer, placing
from driftsim.system.disk import make_folder
from driftsim.system.errors import InputError

from ...system.kinds import Json

if TYPE_CHECKING:
    from typing import IO

    from matplotlib.figure import Figure

    from ...area.area import Area
    from ...results.result import Readable

FILES = {
    "landings": "landing_map",
    "density": "density_map",
    "dates": "arrival_dates",
    "sources": "sources_map",
    "zoom": "zoom",
    "tracks": "tracks_map",
    "variance": "variance",
}
"""The figures, each with the name of its file."""

FORMATS = ("png", "svg", "pdf")
FORWARD_ONLY = ("landings", "dates", "sources", "zoom", "variance")


def figure_of(
    run: Path | str | Readable,
    figure: str | None = None,
    *,
    region: str | None = None,
    lang: str = "en",
    theme: str = "light",
    width: str = "page",
    sea_name: str | None = None,
    area: Path | str | Area | None = None,
) -> Figure:
    """A figure of a run.

    Parameters
    ----------
    run : path, Run, Result or MapData
        Folder of a run; or a run that has been read or made in memory; or, for the landings, what `read_map_data` made
        of it.
    figure : {"landings", "density", "dates", "sources", "zoom", "tracks", "variance"}, optional
        Default: the landings; of a backward run, which has none, the density, or the tracks where it kept no density.
    region : str, optional
        Key of a region of the run; for ``zoom`` and, if only one is wanted, ``sources``.
    lang : {"en", "ja", "ko"}
    theme : {"light", "dark"}
    width : {"page", "column"}
        170 or 90 mm.
    sea_name : str, optional
        A key of the area's names, ``"none"``, or a name of one's own; default: the one customary in the language.
    area : path or str, optional
        Name or folder of the run's area, for its shoreline; by default looked for by name.

    Raises
    ------
    InputError
        If the run lacks what the figure shows, or a setting is unknown.
    """
    if figure is not None and figure not in FILES:
        raise InputError(f"figure = {figure!r}: there is {', '.join(FILES)}")
    _check_figure(figure, region)
    look(lang, theme, width, sea_name)
    with opened_run(run, area) as (opened, map_data):
        _check_region(region, map_data)
        dressed = look(lang, theme, width, sea_name, backward=map_data.backward, area=map_data.area)
        return _drawn(opened, map_data, figure or _main(opened, map_data), region, dressed)


def draw(
    run: Path | str | Readable,
    out: Path | str | None = None,
    *,
    figure: str | None = None,
    region: str | None = None,
    formats: Sequence[str] = (),
    lang: str = "en",
    theme: str = "light",
    width: str = "page",
    sea_name: str | None = None,
    area: Path | str | Area | None = None,
    dpi: int = 200,
    overwrite: bool = False,
) -> list[Path]:
    """Write a figure, or ``"all"`` of them, to files.

    Parameters
    ----------
    run, region, lang, theme, width, sea_name, area
        As for `figure_of`.
    out : path, optional
        A file ending in .png, .svg or .pdf for one figure in one format; else a folder. Default: the run's own.
    figure : str, optional
        As for `figure_of`, or ``"all"``: those that the run has the data for; the zoom of each region named, default
        those that lead.
    formats : sequence of str
        ``"png"``, ``"svg"``, ``"pdf"``; default png, or what ``out`` ends in.
    dpi : int
        Pixels per inch, 50 to 1200; at 200 a page is about 1340 pixels wide.
    overwrite : bool
        Take the place of files that are there also where driftsim has not made them, or they have been changed.

    Returns
    -------
    list of Path
        The files written, each whole or not at all. Equal results give equal bytes.
    """
    if not 50 <= dpi <= 1200:
        raise InputError(f"dpi = {dpi}: take a value from 50 to 1200 pixels per inch")
    if figure not in (None, *FILES, "all"):
        raise InputError(f"figure = {figure!r}: there is {', '.join(FILES)}, all")
    _check_figure(figure, region)
    file, folder, kinds = _destination(run, out, figure, formats)
    look(lang, theme, width, sea_name)
    tail = "".join(f"_{value}" for value, usual in ((lang, "en"), (theme, "light"), (width, "page")) if value != usual)
    written: list[Path] = []
    with opened_run(run, area) as (opened, map_data):
        _check_region(region, map_data)
        dressed = look(lang, theme, width, sea_name, backward=map_data.backward, area=map_data.area)
        for name, of in _wanted(opened, map_data, figure or _main(opened, map_data), region):
            drawn = _drawn(opened, map_data, name, of, dressed)
            stem = FILES[name] + (f"_{of}" if of else "") + tail
            for kind in kinds:
                target = file or folder / f"{stem}.{kind}"
                save(drawn, target, kind, dpi, overwrite=overwrite, keep=file is None)
                written.append(target)
    return written


def save(figure: Figure, out: Path, kind: str, dpi: int = 200, *, overwrite: bool = False, keep: bool = False) -> None:
    """Write a figure whole or not at all, without date or name of the program: bytes follow from the results."""
    with placing.made(out, overwrite=overwrite, keep=keep) as beside:
        save_to(figure, beside, kind, dpi)


def save_to(figure: Figure, target: Path | IO[bytes], kind: str, dpi: int) -> None:
    """Write a figure to a path or an open file."""
    nothing: dict[str, Json] = {
        "png": {"Software": None},
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }
    with canvas.style(STYLE):
        figure.savefig(target, format=kind, dpi=dpi, metadata=nothing[kind])


def landing_map(
    run: Path | str | Readable,
    out: Path | str | None = None,
    *,
    lang: str = "en",
    sea_name: str | None = None,
    dpi: int = 200,
    overwrite: bool = False,
) -> Path:
    """Draw ``landing_map.png``, or a file of another name; settings as for `draw`.

    Returns
    -------
    Path
        The file written.
    """
    if not 50 <= dpi <= 1200:
        raise InputError(f"dpi = {dpi}: take a value from 50 to 1200 pixels per inch")
    out = own_folder(run) / "landing_map.png" if out is None else Path(out)
    save(landing_figure(run, lang=lang, sea_name=sea_name), out, "png", dpi, overwrite=overwrite)
    return out


def landing_figure(run: Path | str | Readable, *, lang: str = "en", sea_name: str | None = None) -> Figure:
    """The landing map as a matplotlib figure; parameters and errors as for `figure_of`."""
    return figure_of(run, "landings", lang=lang, sea_name=sea_name)


def own_folder(run: Path | str | Readable) -> Path:
    """The folder that a run lies in."""
    folder = run if isinstance(run, Path | str) else getattr(run, "path", None)
    if folder is None:
        raise InputError("say where to write the picture (out=...) of a run that has no folder")
    return Path(folder)


def _main(run: Readable | None, map_data: MapData) -> str:
    """The figure that shows a run: where boats come ashore, or, backward in time, where they may have been."""
    if not map_data.backward:
        return "landings"
    return "tracks" if getattr(run, "density", None) is None else "density"


def _destination(
    run: Path | str | Readable, out: Path | str | None, figure: str | None, formats: Sequence[str]
) -> tuple[Path | None, Path, list[str]]:
    """A file or None, a folder, and the formats."""
    wrong = [kind for kind in formats if kind not in FORMATS]
    if wrong:
        raise InputError(f"format = {wrong[0]!r}: there is {', '.join(FORMATS)}")
    if out is None:
        return None, own_folder(run), list(formats or ["png"])
    out = Path(out)
    kind = out.suffix.lstrip(".").lower()
    if not kind or out.is_dir():
        make_folder(out)
        return None, out, list(formats or ["png"])
    if kind not in FORMATS:
        raise InputError(f"{out}: ends in none of .png, .svg, .pdf; name the file so, or give a folder")
    if figure == "all" or len(formats) > 1 or (formats and formats[0] != kind):
        raise InputError(f"{out}: one file holds one figure in the format that it ends in; give a folder")
    if not out.parent.is_dir():
        raise InputError(f"{out.parent}: no such folder; make it first")
    return out, out.parent, [kind]


@contextmanager
def opened_run(
    run: Path | str | Readable | MapData, area: Path | str | Area | None = None
) -> Iterator[tuple[Readable | None, MapData]]:
    """A run and what the sheets show of it; files are closed again if they were opened here."""
    from driftsim.results.output import read_run

    if isinstance(run, Path | str):
        with read_run(run) as opened:
            yield opened, read_map_data(opened, area)
    elif isinstance(run, MapData):
        yield None, run
    else:
        yield run, read_map_data(run, area)


def _check_figure(figure: str | None, region: str | None) -> None:
    if region is None:
        if figure == "zoom":
            raise InputError("zoom: name the region to look at (--region)")
    elif figure not in ("zoom", "sources", "all"):
        raise InputError(f"region = {region!r}: for the figures zoom and sources alone, not {figure}")


def _check_region(region: str | None, map_data: MapData) -> None:
    known = map_data.area.regions
    if region is not None and region not in known:
        raise InputError(f"region = {region!r}: there is {', '.join(known)}")


def _wanted(run: Readable | None, map_data: MapData, figure: str, region: str | None) -> list[tuple[str, str | None]]:
    if figure != "all":
        return [(figure, region)]
    lacking = {name for name in ("density", "tracks") if getattr(run, name, None) is None}
    lacking |= set(FORWARD_ONLY) if map_data.backward else set()
    lacking |= set() if answer.range_kind(map_data.summary) == "all" else {"variance"}
    leading = answer.leading(map_data.summary) or answer.mission(map_data.summary)
    zooms = [("zoom", key) for key in ([region] if region else leading)]
    lacking |= {"zoom"} if map_data.coast is None else set()
    every: list[tuple[str, str | None]] = [(name, None) for name in FILES if name != "zoom"]
    if region:
        every = [(name, region if name == "sources" else of) for name, of in every]
    return [(name, of) for name, of in [*every, *zooms] if name not in lacking]


class _Sheet(Protocol):
    def draw(self) -> Figure: ...


def _sheet(run: Readable, map_data: MapData, figure: str, region: str | None, dressed: Look) -> _Sheet:
    """The sheet that shows a figure; its module is imported when it is asked for."""
    if figure == "density":
        from .sea import SeaSheet

        return SeaSheet(map_data, dressed, run)
    if figure == "dates":
        from .dates import DatesSheet

        return DatesSheet(map_data, dressed, run)
    if figure == "sources":
        from .sources import SourcesSheet

        return SourcesSheet(map_data, dressed, run, region)
    if figure == "zoom":
        from .zoom import ZoomSheet

        return ZoomSheet(map_data, dressed, run, region or "")
    from .tracks import TracksSheet

    return TracksSheet(map_data, dressed, run)


def _drawn(run: Readable | None, map_data: MapData, figure: str, region: str | None, dressed: Look) -> Figure:
    if map_data.backward and figure in FORWARD_ONLY:
        raise InputError(f"{figure}: a run backward in time has no arrivals; draw its density or its tracks")
    if figure == "variance":
        from driftsim.figures import variance

        with canvas.style(STYLE):
            return variance.figure(map_data.summary)
    # Whatever the user has set up for their own figures must not leak into this one.
    with canvas.style(STYLE):
        if figure == "landings":
            from .landing import LandingSheet

            return LandingSheet(map_data, dressed).draw()
        if run is None:
            raise InputError(f"{figure}: give the run itself, not the data of its landing map")
        return _sheet(run, map_data, figure, region, dressed).draw()
