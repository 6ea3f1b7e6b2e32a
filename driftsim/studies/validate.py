"""A run, or a table of landings, compared with landing records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..results import output
from ..system.disk import make_folder
from ..system.errors import InputError
from ..system.kinds import Json


def validate(
    run: Path | None,
    *,
    table: Path | None = None,
    records: Path | None = None,
    baselines: Sequence[Path] = (),
    tracks: Path | None = None,
    members: tuple[int, int] | None = None,
    folder: Path | None = None,
    overwrite: bool = False,
    area: Path | str | None = None,
) -> tuple[str, Json, list[Path]]:
    """Compare a run, or a table of landings, with landing records.

    Parameters
    ----------
    run : Path or None
        Folder of a run.
    table : Path or None
        Landings of another tool, instead of a run.
    records : Path or None
        A file or folder of records; None: those that come with driftsim.
    baselines : sequence of Path
        Folders of runs that serve as references.
    tracks : Path or None
        Observed tracks; the word ``pairs``: those that come with driftsim.
    members : tuple of int, optional
        First and last member to test; those that a parameter was fitted on must not be among them.
    folder : Path or None
        Of ``validation.json`` and the figures; default the run's, or ``runs/NAME`` of a table.
    overwrite : bool
        Take the place of files that driftsim has not made.
    area : Path, str or None
        Name or folder of the area, for its shoreline and records; by default that of the run, found by name.

    Returns
    -------
    str, dict, list of Path
        The printed sheet, the document, the files written.
    """
    from ..area import coast as coasts
    from ..area.area import DEFAULT, Area
    from ..figures.charts import comparison as figures
    from ..validation import compare, landings, sheet, track_files
    from ..validation import records as known

    if (run is None) == (table is None):
        raise InputError("validate: give the folder of a run, or --table with landings of another tool, and not both")
    opened = None if run is None else output.read_run(run)
    sea = Area.load(area or DEFAULT) if opened is None else opened.full_area(area)
    found = known.load(records, sea)
    coast = coasts.of(sea) if opened is None else opened.coast(area)
    if coast is None:
        raise InputError(f"the shoreline of the area {sea.key} is not at hand; name its folder (--area)")
    seen = track_files.load(tracks, sea) if tracks is not None else ()
    if table is not None:
        tested = landings.from_table(table, coast, sea)
    else:
        assert opened is not None  # a run or a table: looked at above
        tested = landings.from_run(opened, empty=bool(seen))
    if members is not None:
        tested = tested.of_members(*members)
    if seen and opened is None:
        raise InputError("--tracks: needs a run with tracks, not a table of landings")
    document = compare.validate(
        compare.Forecast(tested, opened),
        found,
        coast,
        baselines=[landings.from_run(output.read_run(path)) for path in baselines],
        observed=seen,
    )
    target = make_folder(folder or run or Path("runs") / tested.name)
    files = [
        compare.write(document, target, overwrite),
        *figures.draw(document, tested, found, coast, target, overwrite),
    ]
    if opened is not None:
        opened.close()
    return sheet.text(document), document, files
