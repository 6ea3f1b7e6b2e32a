"""Landing records as text and figures."""

from __future__ import annotations

from pathlib import Path

from ..system.disk import make_folder


def records(path: Path | None, folder: Path, *, overwrite: bool = False) -> tuple[str, list[Path]]:
    """Landing records as text, and figures of them.

    Parameters
    ----------
    path : Path or None
        A file or folder of records; None: those that come with driftsim.
    folder : Path
        Of the figures; made if it does not exist.
    overwrite : bool
        Take the place of files that driftsim has not made.

    Returns
    -------
    str, list of Path
    """
    from ..area import coast
    from ..figures.charts import records as record_figures
    from ..validation import records as known
    from ..validation import years

    found = known.load(path)
    make_folder(folder)
    text = "\n".join([known.text(found), *(["", *told] if (told := years.text(found)) else [])])
    return text, record_figures.draw(found, coast.of(found.sea), folder, overwrite)
