"""The command line: every command only calls the library.

Nothing heavy is imported here but inside the commands, so that ``driftsim --help`` is instant.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from typing import TextIO

    from .config import Config
    from .studies.study import Study

INPUT_ERROR = 2
"""Exit code for a config, file or folder that cannot be used."""

RUN_ERROR = 3
"""Exit code for what fails while a run is under way: a full disk, an input file that vanished."""

BELOW = 1
"""Exit code of `validate` for a score below the one asked for."""


def _say(text: object, err: bool = False) -> None:
    """Print text; names and titles in files are anybody's, and nothing of them may act on the terminal."""
    from .system.text import clean

    click.echo(clean(text), err=err)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what is wrong with the input into a message and an exit code; never a traceback."""
    from .system.errors import InputError, Interrupted, RunError

    try:
        yield
    except (InputError, RunError) as problem:
        _say(f"driftsim: {problem}", err=True)
        sys.exit(INPUT_ERROR if isinstance(problem, InputError) else RUN_ERROR)
    except Interrupted as problem:
        sys.exit(128 + problem.signal)
    except KeyboardInterrupt:
        _say("driftsim: interrupted", err=True)
        sys.exit(130)
    except OSError as problem:
        # The doors have words of their own; a name that the system cannot even look up goes past some of them.
        told = f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem)
        _say(f"driftsim: {told}", err=True)
        sys.exit(INPUT_ERROR)


class _Door(click.Group):
    """The commands, with standard streams that end none of them."""

    def main(self, *args: Any, **more: Any) -> Any:
        from .system import streams

        streams.guard()
        try:
            return super().main(*args, **more)
        except SystemExit as end:
            lost = streams.lost_output()
            if lost and not end.code:
                _say(f"driftsim: what was printed is lost ({lost}); files that were written stand", err=True)
                sys.exit(RUN_ERROR)
            raise


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="driftsim", prog_name="driftsim")
def main() -> None:
    """How likely is a drifting boat to reach a coast?

    A run is described by one TOML file: `driftsim init` writes a starter, `driftsim check` says what it would do,
    `driftsim run` does it and leaves probabilities, tracks and a map in a folder.
    """


class _Path(click.Path):
    """A path; an empty word is none, though it would stand for the folder one is in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("is empty; give the name of a file or folder", param, ctx)
        return super().convert(value, param, ctx)


_PATH = _Path(path_type=Path)
_OVERWRITE = click.option(
    "--overwrite", is_flag=True, help="Take the place of files that are there and were not made by driftsim."
)
_CONFIG = click.argument("config", type=_PATH)
_OVERRIDES = (
    click.option("--boats", type=int, help="Number of boats, instead of the config's."),
    click.option("--seed", type=int, help="Seed, instead of the config's."),
    click.option("--threads", type=int, help="Threads; the data do not depend on it."),
)


def _overridable(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OVERRIDES):
        command = option(command)
    return command


def _load(path: Path, boats: int | None, seed: int | None, threads: int | None) -> Config:
    from . import config

    given = {"boats.number": boats, "run.seed": seed, "run.threads": threads}
    return config.load(path, {key: value for key, value in given.items() if value is not None})


def _allow(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from .system import permission

        ctx.with_resource(permission.allowed())


_NETWORK = click.option(
    "--allow-network",
    is_flag=True,
    expose_value=False,
    callback=_allow,
    help="Let it read data at addresses (https://, s3://, gs://); otherwise they are refused.",
)
_SAVE = click.option(
    "--save-every",
    type=click.FloatRange(min=0.0),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="Save the unfinished run not more often than this (and for 2 % of the time at most); inf: never.",
)


_SCHEDULER = click.option(
    "--scheduler",
    metavar="WHO",
    help="Who does the work: local:N, so many processes of this machine, or the ADDRESS of a dask scheduler.",
)


class _Part(click.ParamType[tuple[int, int]]):
    """A part, such as 3/64."""

    name = "K/N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        number, _, of = str(value).partition("/")
        if not (number.isascii() and of.isascii() and number.isdigit() and of.isdigit() and len(of) < 10):
            self.fail(f"{value!r} is no part; give which of how many, such as 3/64", param, ctx)
        return int(number), int(of)


@main.command()
@_CONFIG
@click.option("-o", "--output", type=_PATH, help="Folder of the results [runs/NAME].")
@_overridable
@click.option("--overwrite", is_flag=True, help="Take the place of results, or of an unfinished run, in the folder.")
@_SAVE
@_NETWORK
@click.option(
    "--part", type=_Part(), metavar="K/N", help="Make part K of N alone; `driftsim merge` brings them together."
)
@_SCHEDULER
@click.option("--parts", type=click.IntRange(min=1), help="With --scheduler: how many parts [by the number of boats].")
@click.option("--keep-parts", is_flag=True, help="With --scheduler: leave the parts beside the results.")
def run(
    config: Path,
    output: Path | None,
    boats: int | None,
    seed: int | None,
    threads: int | None,
    overwrite: bool,
    save_every: float,
    part: tuple[int, int] | None,
    scheduler: str | None,
    parts: int | None,
    keep_parts: bool,
) -> None:
    """Run CONFIG and write the results into a folder."""
    with _told():
        from .studies import study

        if part is not None and scheduler is not None:
            raise click.UsageError("--part makes one part here; --scheduler makes all of them")
        if scheduler is None and (parts is not None or keep_parts):
            raise click.UsageError("--parts and --keep-parts go with --scheduler")
        cfg = _load(config, boats, seed, threads)
        folder = output or Path("runs") / config.stem
        if scheduler is not None:
            _in_parts(cfg, folder, scheduler, parts, keep_parts=keep_parts, overwrite=overwrite, read_from=[config])
            return
        more: dict[str, Any] = {"overwrite": overwrite, "read_from": [config], "save_every_s": save_every}
        with _driving(folder, part) as how:
            if part is None:
                _show(study.run(cfg, folder, **more, **how))
            else:
                made = study.run_part(cfg, folder, part[0], part[1], **more, **how)
                _say(f"Part: {made.folder}")


def _in_parts(cfg: Any, folder: Path, scheduler: str, parts: int | None, **more: Any) -> None:
    """A run by way of its parts, with a line for each."""
    from .studies import engines, study

    def report(name: str, done: int, of: int, wall_s: float) -> None:
        _say(f"{done} of {of}  {name}  {wall_s:.0f} s", err=True)

    engine = engines.engine(scheduler)
    of = parts or study.how_many(cfg, engine)
    _show(study.run_in_parts(cfg, folder, engine, of, report=report, warn=_warn, **more))


@main.command()
@click.argument("folder", type=_PATH)
@click.option("--overwrite", is_flag=True, help="Take the place of results in the folder.")
@click.option(
    "--partitioned/--one-file", default=None, help="Arrivals in a file a part, or in one [one, up to 20 million boats]."
)
@click.option("--remove-parts", is_flag=True, help="Remove the parts when the results stand.")
def merge(folder: Path, overwrite: bool, partitioned: bool | None, remove_parts: bool) -> None:
    """Bring the parts of a run in FOLDER together: the results are those of one run, to the last byte."""
    with _told():
        from .studies import study

        more: dict[str, Any] = {"partitioned": partitioned, "keep_parts": not remove_parts}
        _show(study.merge(folder, overwrite=overwrite, warn=_warn, **more))


@main.command("warm-up")
def warm_up() -> None:
    """Compile what a run needs for this processor, so that no run has to."""
    with _told():
        from .studies import study

        _say(f"Compiled code: {study.warm_up()}")


@main.command()
@click.argument("folder", type=_PATH)
@click.argument("config", type=_PATH, required=False)
@_overridable
@click.option("--force", is_flag=True, help="Go on though the program, or files and keys of fields, have changed.")
@_SAVE
@_NETWORK
def resume(
    folder: Path,
    config: Path | None,
    boats: int | None,
    seed: int | None,
    threads: int | None,
    force: bool,
    save_every: float,
) -> None:
    """Go on with the unfinished run in FOLDER, to the very data of an unbroken one.

    With CONFIG (and the --boats and --seed that it was run with), it is refused where that is not the run's. With
    --force the results record what has changed, and from which step on.
    """
    with _told():
        from .studies import study

        if config is None and (boats is not None or seed is not None):
            raise click.UsageError("--boats and --seed belong to CONFIG: a run goes on with its own")
        cfg = None if config is None else _load(config, boats, seed, threads)
        with _driving(folder) as how:
            _show(study.resume(folder, cfg, threads=threads, force=force, save_every_s=save_every, warn=_warn, **how))


@contextmanager
def _driving(folder: Path, part: tuple[int, int] | None = None) -> Iterator[dict[str, Any]]:
    """What a run is handed: progress, and whether a signal asks it to stop."""
    import signal

    from .studies import study
    from .system import interruption

    later = f"`driftsim resume {folder}`" if part is None else "the same command"

    def notice(number: int) -> None:
        _say(
            f"\ndriftsim: {signal.Signals(number).name}: stops after the day in hand, saved; go on later with "
            f"{later} (results that are being written are finished first)",
            err=True,
        )

    if study.will_compile():
        if study.cache_problem():
            _warn(study.cache_problem())
        _say("Compiling for this processor: half a minute, the first time only ...", err=True)
    with interruption.heard(notice) as stop:
        yield {"report": _progress(sys.stderr), "stop": stop}


def _warn(text: str) -> None:
    _say(f"driftsim: warning: {text}", err=True)


def _show(done: Study) -> None:
    """Table and folder of a finished run."""
    _say(done.table())
    _say(f"\nResults: {done.folder}")
    if done.map is not None:
        _say(f"Map:     {done.map}")


@main.command()
@_CONFIG
@_overridable
@click.option("--levels", is_flag=True, help="Read every level of the fields, not only three of them.")
@_NETWORK
def check(config: Path, boats: int | None, seed: int | None, threads: int | None, levels: bool) -> None:
    """Check CONFIG and say what a run would do, without running it."""
    with _told():
        from .studies import study

        _say(study.check(_load(config, boats, seed, threads), levels))


@main.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--product", default="", help="A product of the catalogue, instead of a guess.")
@click.option("--kind", default="", help="current, wind or stokes, instead of all that are found.")
@click.option("--box", type=float, nargs=4, metavar="W E S N", help="Degrees [the default domain, or all of it].")
@click.option("--u", default="", help="Eastward variable.")
@click.option("--v", default="", help="Northward variable.")
@click.option("--level", default="", help='The level that is meant, such as "850 hPa".')
@click.option("--member-dimension", default="", help="The dimension along which members stand.")
@click.option("--png", type=_PATH, help="Draw a map into this file.")
@_OVERWRITE
@_NETWORK
def inspect(
    files: tuple[str, ...],
    product: str,
    kind: str,
    box: tuple[float, float, float, float] | None,
    u: str,
    v: str,
    level: str,
    member_dimension: str,
    png: Path | None,
    overwrite: bool,
) -> None:
    """Say what FILES are taken for, what is in them, and why they are not read.

    Exit code 0: a run can read all of them; 2: it cannot, and what is wrong is told for each.
    """
    with _told():
        from .studies import inspection

        report = inspection.inspect(
            files, product=product, kind=kind, box=box, u=u, v=v, level=level, member_dimension=member_dimension
        )
        _say(report.text)
        if png is not None and report.sources:
            inspection.draw(report.sources, png, overwrite)
            _say(f"Map: {png}")
        if not report.readable:
            sys.exit(INPUT_ERROR)


@main.command()
@click.argument("path", type=_PATH, default=Path("drift.toml"))
@click.option("--from", "folder", type=_PATH, help="Use what was fetched into this folder.")
def init(path: Path, folder: Path | None) -> None:
    """Write a starter config to PATH [drift.toml]."""
    with _told():
        from .studies import fetch, study

        if folder is None:
            study.init(path)
        else:
            fetch.init(folder, path)
        _say(f"{path}: written. Next: driftsim check {path}; driftsim run {path}")


@main.command()
@click.argument("folder", metavar="RUN", type=_PATH)
@click.argument("file", metavar="FILE", type=_PATH)
@click.option("-o", "--output", type=_PATH, help="Folder of the results [RUN_FILE].")
@click.option("--name", default="", help="Property of the features that holds their names [name].")
@click.option("--lead", multiple=True, help="Key of a region that comes first; may be given several times.")
@click.option("--area", help="Name or folder of the run's area, for its shoreline [found by name].")
@click.option("--overwrite", is_flag=True, help="Take the place of results in the folder.")
def regions(
    folder: Path, file: Path, output: Path | None, name: str, lead: tuple[str, ...], area: str | None, overwrite: bool
) -> None:
    """Count the landings of a finished RUN in the polygons of FILE: GeoJSON, KML, GPX or a shapefile.

    RUN stays as it is: a folder of its own gets the same boats, with tables, map, report and exports of the regions.
    """
    with _told():
        from .studies import regions as labelling

        _show(labelling.regions(folder, file, output, name=name, lead=lead, area=area, overwrite=overwrite))


@main.group()
def area() -> None:
    """Make areas: a sea with its coasts, regions and ports."""


@area.command("build")
@click.argument("file", metavar="AREA.toml", type=_PATH)
@click.option("-o", "--output", type=_PATH, help="Folder of the area [that of AREA.toml].")
@_OVERWRITE
def area_build(file: Path, output: Path | None, overwrite: bool) -> None:
    """Make the folder of an area from AREA.toml: its shoreline with stretches, lines and rasters.

    The shoreline is GSHHG's (needs the extra `areas`) or that of the user's own polygons.
    """
    with _told():
        from .studies import areas

        _say(f"Shoreline: {areas.build(file, output, _say, overwrite=overwrite)}")


@main.command()
@click.argument("product", required=False)
@click.option("--start", metavar="DATE", help="First moment to be run, UTC.")
@click.option("--end", metavar="DATE", help="Last moment to be run, UTC.")
@click.option("--box", type=float, nargs=4, metavar="W E S N", help="Degrees [the default domain with a margin].")
@click.option("-o", "--output", type=_PATH, default=Path("fields"), help="Folder [fields].")
@click.option("--dry-run", is_flag=True, help="Say how many files and MB would come, and ask no server.")
@click.option("--max-gb", type=click.FloatRange(min=0.0), default=50.0, help="Refuse to begin if more would come.")
@click.option("--list", "listed", is_flag=True, help="The products that can be fetched, and the logins they need.")
def fetch(
    product: str | None,
    start: str | None,
    end: str | None,
    box: tuple[float, float, float, float] | None,
    output: Path,
    dry_run: bool,
    max_gb: float,
    listed: bool,
) -> None:
    """Fetch PRODUCT, such as hycom or ncep_r1, from its provider.

    What has come already is not fetched again: after an interruption run the same command. `driftsim init --from DIR`
    then makes a config.
    """
    with _told():
        from .studies import fetch as fetching

        if listed:
            _say(fetching.table())
            return
        if product is None or start is None or end is None:
            raise click.UsageError("needs PRODUCT, --start and --end, or --list")
        if dry_run:
            _say(fetching.plan(product, start, end, output, box))
            return
        report, say = _fetch_progress(sys.stderr)
        _say(fetching.fetch_product(product, start, end, output, box, most_gb=max_gb, report=report, say=say))
        _say(f"Next, when current and wind are there: driftsim init --from {output} drift.toml")


_LOOK = (
    click.option("--lang", type=click.Choice(["en", "ja", "ko"]), default="en", help="Language of the words [en]."),
    click.option("--theme", type=click.Choice(["light", "dark"]), default="light", help="Colours [light]."),
    click.option(
        "--sea-name", help="Name on the sea: a key of the area's names, none, or any text [the one customary]."
    ),
    click.option("--area", help="Name or folder of the run's area, for its shoreline [found by name]."),
)


def _dressed(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_LOOK):
        command = option(command)
    return command


@main.command()
@_CONFIG
@click.option("-o", "--output", type=_PATH, help="Folder of the configs [NAME_baselines].")
@_overridable
def baselines(config: Path, output: Path | None, boats: int | None, seed: int | None, threads: int | None) -> None:
    """Write the configs of the runs that CONFIG is to be compared with.

    Straight downwind drift without currents, and geostrophic currents without wind, from the same places and dates.
    """
    with _told():
        from .studies import study

        folder = output or Path(f"{config.stem}_baselines")
        made = study.baselines(_load(config, boats, seed, threads), folder, _warn)
        for path in made:
            _say(f"{path}: written. Next: driftsim run {path}")


@main.command()
@click.argument("file", type=_PATH)
@click.option("-o", "--output", type=_PATH, help="Folder of the results [runs/NAME].")
@click.option("--boats", type=int, help="Number of boats of every run, instead of the configs'.")
@_SCHEDULER
@click.option("--jobs", type=click.IntRange(1), help="Runs at a time [one for each core].")
@click.option("--score", is_flag=True, help="Score every run against the landing records as well.")
@click.option("--overwrite", is_flag=True, help="Run again what is there of another config.")
@_NETWORK
def sweep(
    file: Path,
    output: Path | None,
    boats: int | None,
    jobs: int | None,
    scheduler: str | None,
    score: bool,
    overwrite: bool,
) -> None:
    """Run the variations in FILE of a config, and tell how far the answer moves.

    Started again, it goes on with what is missing.
    """
    with _told():
        from . import config
        from .studies import engines
        from .studies import sweep as sweeps

        variations = config.load_sweep(file, {} if boats is None else {"boats.number": boats})
        folder = output or Path("runs") / file.stem

        def report(p: sweeps.Progress) -> None:
            took = "FAILED" if p.problem else f"{p.wall_s:.0f} s" if p.wall_s else "was there"
            _say(f"{p.done} of {p.variations}  {p.name}  {took}", err=True)

        engine = None if scheduler is None else engines.engine(scheduler)
        done = sweeps.run_sweep(
            variations,
            folder,
            jobs=jobs or 0,
            engine=engine,
            overwrite=overwrite,
            score=score,
            report=report,
            warn=_warn,
        )
        _say(done.table())
        _say(f"\nResults: {folder}\nPlot:    {done.plot}")


@main.command("map")
@click.argument("folder", type=_PATH)
@click.option(
    "--figure",
    type=click.Choice(["landings", "density", "dates", "sources", "zoom", "tracks", "variance", "all"]),
    help="What to draw [landings; of a backward run density].",
)
@click.option("--region", help="Region to zoom on, or of the sources.")
@click.option("--format", "formats", default="", help="png, svg, pdf, or several with commas between [png].")
@_dressed
@click.option("--width", type=click.Choice(["page", "column"]), default="page", help="170 or 90 mm [page].")
@click.option("-o", "--output", type=_PATH, help="File, or folder for several [FOLDER].")
@_OVERWRITE
def draw_map(folder: Path, output: Path | None, formats: str, **settings: Any) -> None:
    """Draw a figure of the run in FOLDER from its files: by default its map again."""
    with _told():
        from .figures import maps

        kinds = [kind.strip().lower() for kind in formats.split(",") if kind.strip()]
        for file in maps.draw(folder, output, formats=kinds, **settings):
            _say(f"Map: {file}")


@main.command()
@click.argument("folder", type=_PATH)
@click.option("-o", "--output", type=_PATH, help="File, .mp4 or .gif [FOLDER/animation.mp4].")
@click.option("--by", type=click.Choice(["fate", "class"]), default="fate", help="What the colours tell apart [fate].")
@_dressed
@_OVERWRITE
def animate(folder: Path, output: Path | None, **settings: Any) -> None:
    """Make a film of the tracked boats of the run in FOLDER."""
    with _told():
        from .figures.maps import animation

        terminal = sys.stderr.isatty()

        def report(done: int, of: int) -> None:
            if terminal:
                click.echo(
                    f"\r{100 * done // of:3d} % of {of} frames" + ("\n" if done == of else ""), nl=False, err=True
                )

        _say(f"Film: {animation.animate(folder, output, report=report, **settings)}")


@main.command()
@click.argument("run", type=_PATH)
@click.argument("boat", type=click.IntRange(min=0))
@click.option("-o", "--output", type=_PATH, help="Folder of the files [RUN].")
@_OVERWRITE
def trace(run: Path, boat: int, output: Path | None, overwrite: bool) -> None:
    """Drive BOAT of the finished run in the folder RUN again, and say what carried it.

    BOAT is its number in the arrivals. It comes out as in the run to the last bit, or is refused: then this is another
    version, processor or field. Written are its way and its budget, and a figure of both.
    """
    with _told():
        from .results.trace import text
        from .studies import trace as tracing

        found, files = tracing.trace(run, boat, output, overwrite=overwrite)
        _say(text(found))
        _say(f"\nWay:     {files[0]}\nBudget:  {files[1]}\nFigure:  {files[2]}")


@main.command()
@click.argument("folder", type=_PATH)
def verify(folder: Path) -> None:
    """Say whether the run, the unfinished run or the sweep in FOLDER is whole.

    Exit code 0: every file is as it was written, all belong together, and the numbers are those that the boats give;
    2: they are not, and what is wrong is told of each.
    """
    with _told():
        from .studies import verify as verifying

        verdict = verifying.verify(folder)
        _say(verdict.text)
        if not verdict.whole:
            sys.exit(INPUT_ERROR)


@main.command()
@click.argument("file", type=_PATH, required=False)
@click.option("-o", "--output", type=_PATH, default=Path("runs/records"), help="Folder of figures.")
@_OVERWRITE
def records(file: Path | None, output: Path, overwrite: bool) -> None:
    """Print and draw the landing records that come with driftsim, or those in FILE."""
    with _told():
        from .studies import study

        text, figures = study.records(file, output, overwrite=overwrite)
        _say(text)
        _say("\nFigures: " + ", ".join(str(figure) for figure in figures))


@main.command()
@click.argument("run", type=_PATH, required=False)
@click.option("--table", type=_PATH, help="Landings of another tool (CSV), instead of RUN.")
@click.option("--records", type=_PATH, help="Records in FILE or folder [those of the area].")
@click.option("--baseline", type=_PATH, multiple=True, help="A run to be compared with; repeat it.")
@click.option("--tracks", type=_PATH, help="Observed tracks (CSV, or the word pairs).")
@click.option("--members", metavar="A-B", help="Members to test, when others were fitted on.")
@click.option("--fail-below", type=float, metavar="SCORE", help="Exit code 1 when the score is below SCORE.")
@click.option("-o", "--output", type=_PATH, help="Folder of validation.json and figures [RUN].")
@click.option("--area", help="Name or folder of the run's area, for its shoreline and records [found by name].")
@_OVERWRITE
def validate(
    run: Path | None,
    table: Path | None,
    records: Path | None,
    baseline: tuple[Path, ...],
    tracks: Path | None,
    members: str | None,
    fail_below: float | None,
    output: Path | None,
    area: str | None,
    overwrite: bool,
) -> None:
    """Check the run in the folder RUN against landing records."""
    with _told():
        from .studies import study

        text, document, files = study.validate(
            run,
            table=table,
            records=records,
            baselines=baseline,
            tracks=tracks,
            members=_range(members),
            folder=output,
            overwrite=overwrite,
            area=area,
        )
        _say(text)
        _say(f"\nNumbers: {files[0]}")
        _say("Figures: " + ", ".join(str(file) for file in files[1:]))
        if fail_below is not None and not (document["score"] is not None and document["score"] >= fail_below):
            _say(f"driftsim: the score is {document['score']}, below {fail_below:g}", err=True)
            sys.exit(BELOW)


def _range(text: str | None) -> tuple[int, int] | None:
    """Two numbers from ``A-B``."""
    if text is None:
        return None
    first, dash, last = text.partition("-")
    if not (dash and first.strip().isdigit() and last.strip().isdigit()):
        raise click.BadParameter(f"{text!r} is not two numbers such as 100-199", param_hint="--members")
    return int(first), int(last)


@main.command()
@click.argument("folder", type=_PATH)
@click.option("-o", "--output", type=_PATH, help="File [FOLDER/report.html].")
@click.option("--lang", default="en", show_default=True, help="Language of the words.")
@click.option("--sea-name", help="Name printed on the sea; '' for none [that of the area].")
@click.option("--area", help="Name or folder of the run's area, for its shoreline [found by name].")
@_OVERWRITE
def report(
    folder: Path, output: Path | None, lang: str, sea_name: str | None, area: str | None, overwrite: bool
) -> None:
    """Write the run in FOLDER as one HTML page that opens anywhere, offline."""
    with _told():
        from .figures import report as pages

        page = pages.report(folder, output, lang=lang, sea_name=sea_name, area=area, overwrite=overwrite)
        _say(f"Report: {page}")


@main.command()
@click.argument("folder", type=_PATH)
@click.option("--to", required=True, help="geojson, kml, gpkg, csv, parquet, geoparquet, zarr or geotiff.")
@click.option("-o", "--output", type=_PATH, help="File or folder [in FOLDER/export].")
@click.option(
    "--layer", multiple=True, help="landings, stretches, regions, coast_km, tracks or density; may be repeated [all]."
)
@click.option("--area", help="Name or folder of the run's area, for its shoreline [found by name].")
@click.option("--overwrite", is_flag=True, help="Take the place of files that are there, and of a store made here.")
def export(
    folder: Path, to: str, output: Path | None, layer: tuple[str, ...], area: str | None, overwrite: bool
) -> None:
    """Write the results of the run in FOLDER for another program."""
    with _told():
        from .figures import export as exports

        for path in exports.export(folder, to, output, layers=layer or None, overwrite=overwrite, area=area):
            _say(path)


@main.command()
@click.option("--quick", is_flag=True, help="Fewer windows of the smaller cases.")
@click.option("--json", "file", type=_PATH, help="Write the figures to FILE.")
@_OVERWRITE
def bench(quick: bool, file: Path | None, overwrite: bool) -> None:
    """Measure how fast the simulation is on this machine."""
    with _told():
        from . import bench as benchmark
        from .results import placing, text_files

        if file is not None:
            placing.claim(file, overwrite)
        figures = benchmark.measure(quick, _say)
        if file is not None:
            with placing.made(file, overwrite=overwrite) as beside:
                beside.write_text(text_files.json_text(figures) + "\n", encoding="utf-8")
            _say(f"Figures: {file}")


def _progress(stream: TextIO) -> Callable[[Any], None]:
    """Reports the progress of a run."""
    from .system.streams import ProgressLine

    shown = ProgressLine(stream)

    def report(p: Any) -> None:
        def line() -> str:
            rate = p.particle_steps / max(p.wall_s, 1e-9)
            left = p.wall_s * (p.steps - p.step) / (p.step - p.begun_at)
            return (
                f"{str(p.moment)[:10]}  {100 * p.step / p.steps:3.0f} %  afloat {p.afloat:,}  ashore {p.ashore:,}  "
                f"{rate / 1e6:.1f} million steps/s  {left:.0f} s left"
            )

        shown.show(line, p.step == p.steps)

    return report


def _fetch_progress(stream: TextIO) -> tuple[Callable[[Any], None], Callable[[str], None]]:
    """Reports of a fetch, and what says a sentence between them."""
    from .system.streams import ProgressLine
    from .system.text import clean

    shown, files = ProgressLine(stream), 0

    def report(p: Any) -> None:
        nonlocal files

        def line() -> str:
            come = p.nbytes / 1e6
            return f"{p.files}/{p.of} files  {come:,.1f} MB  {come / max(p.seconds, 1e-3):.2f} MB/s  {clean(p.name)}"

        shown.show(line, p.files == p.of and files != p.files)
        files = p.files

    return report, lambda text: shown.say(clean(text))
