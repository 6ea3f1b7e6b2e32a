"""The report: one HTML file with answer, map, assumptions and provenance, for people who open no other file.

The page is our own HTML, CSS and some JavaScript with the numbers in it as JSON. A plotting library would bring a
megabyte of code that a phone has to read, and a canvas that a screen reader cannot.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...system.errors import InputError

if TYPE_CHECKING:
    from ...results.result import Readable

__all__ = ["page", "report"]


def report(
    run: Path | str | Readable,
    out: Path | str | None = None,
    *,
    lang: str = "en",
    sea_name: str | None = None,
    area: Path | str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the report of a run.

    Parameters
    ----------
    run : path, Run or Result
        Folder of a run; or a run that has been read or made in memory.
    out : path, optional
        File to write; by default ``report.html`` in the folder.
    lang : str
        Language of the words; so far ``"en"``.
    sea_name : str, optional
        Name printed on the sea; by default the area's, empty for none.
    area : path or str, optional
        Name or folder of the run's area, for its shoreline; by default looked for by name.
    overwrite : bool
        Take the place of a file that is there also where driftsim has not made it, or it has been changed.

    Returns
    -------
    Path
        The file written. Equal results give equal bytes.

    Raises
    ------
    InputError
        If the folder holds no complete run, the language is unknown, or the file cannot be written.
    """
    from ...results.output import read_run
    from ...results.placing import made

    if isinstance(run, Path | str):
        with read_run(run) as opened:
            return report(opened, out, lang=lang, sea_name=sea_name, area=area, overwrite=overwrite)
    if out is None:
        if run.path is None:
            raise InputError("report: say where to write the page (out=...) of a run that has no folder")
        out = Path(run.path) / "report.html"
    file = Path(out)
    if not file.parent.is_dir():
        raise InputError(f"{file}: there is no folder {file.parent}; make it, or choose another with -o")
    if file.is_dir():
        raise InputError(f"{file}: is a folder; give the name of a file with -o")
    if file.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{file}: ends in neither .html nor .htm; name the page so")
    with made(file, overwrite=overwrite) as beside:
        beside.write_text(page(run, lang=lang, sea_name=sea_name, area=area), encoding="utf-8", newline="\n")
    return file


def page(run: Readable, *, lang: str = "en", sea_name: str | None = None, area: Path | str | None = None) -> str:
    """The page as text; parameters and errors as for `report`."""
    from .compose import compose

    return compose(run, lang, sea_name, area)
