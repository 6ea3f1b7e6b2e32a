"""A sweep: every variation of a config as an ordinary run in its own folder, several at a time, and the table of them.

What is whole is not run again, so a sweep that was stopped, however it was, goes on where it stood.
"""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .. import config as configuration
from ..area.area import Area
from ..config.variations import Sweep, Variation, flat
from ..results import answer, differences, identity, output, placing, provenance, statistics, text_files
from ..results.intervals import PERCENT, REACH
from ..results.outcome import Outcome
from ..system.cores import cores
from ..system.disk import make_folder, refuse_link, whole
from ..system.door import read_toml
from ..system.errors import InputError
from ..system.kinds import Json, JsonView
from ..system.percent import percent
from ..system.text import cell
from . import engines, study

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..area.coast import Coast
    from ..results.result import Readable

"""Regions in the table and how wide they stand, those that lead first; the files have them all."""

_NAME = 27


@dataclass(frozen=True)
class Progress:
    """A variation that is done: handed to the caller.

    Attributes
    ----------
    name : str
    done, variations : int
    wall_s : float
        Time that it took; 0 where it was whole already.
    problem : str
        Why it could not be run; empty where it was.
    """

    name: str
    done: int
    variations: int
    wall_s: float
    problem: str = ""


@dataclass(frozen=True)
class Swept:
    """A finished sweep.

    Attributes
    ----------
    folder : Path
    body : dict
        What ``sweep.json`` holds.
    plot : Path
        The tornado plot.
    """

    folder: Path
    body: Json
    plot: Path

    def table(self) -> str:
        """The sweep as text, 100 columns wide."""
        return table(self.body)


def run_sweep(
    sweep: Sweep,
    folder: Path | str,
    *,
    jobs: int = 0,
    engine: engines.Engine | None = None,
    overwrite: bool = False,
    score: bool = False,
    report: Callable[[Progress], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Swept:
    """Run every variation that is not there yet, then write the table and the plot.

    Parameters
    ----------
    sweep : Sweep
    folder : Path or str
        Made if it does not exist; each variation gets a folder in it.
    jobs : int
        Runs at a time; 0: one for each core. The cores are shared among them.
    engine : Engine, optional
        Who runs them, instead of so many processes of this machine.
    overwrite : bool
        Run variations again whose results are of another config or version.
    score : bool
        Score each run against the landing records that come with driftsim.
    report : callable, optional
        Called with a `Progress` for each variation.
    warn : callable, optional
        Called with a sentence for each variation whose results are damaged; they are set aside, and it is run again.

    Raises
    ------
    InputError
        If results in the folder are of another config (and not ``overwrite``), or variations cannot be run: after all
        others have been.
    """
    folder = make_folder(folder)
    with placing.Folder(folder, "sweep") as held:
        held.settle()
        held.refuse(overwrite=True)
        missing = _missing(sweep, folder, overwrite, warn or (lambda text: None))
        total = len(sweep.variations)
        for n, variation in enumerate(v for v in sweep.variations if v not in missing):
            if report is not None:
                report(Progress(variation.name, n + 1, total, 0.0))
        held.accept(sweep.files)
        if missing:
            held.withdraw()  # the table of what was there before
        done = total - len(missing)
        failed = {}
        for variation, ended in _run_all(missing, folder, engine or engines.Local(jobs or cores()), sweep.files):
            done += 1
            if ended.problem:
                failed[variation.name] = ended.problem
            if report is not None:
                report(Progress(variation.name, done, total, ended.wall_s, ended.problem))
        _refuse_failed(sweep, failed)
        body = collect(sweep, folder, score)
        _write(held.stage, body)
        held.commit()
    return Swept(folder, body, folder / "tornado.png")


def _refuse_failed(sweep: Sweep, failed: Mapping[str, str]) -> None:
    """Stop where variations could not be run; all others have been by now."""
    if failed:
        lines = [f'variation "{name}": {problem}' for name, problem in failed.items()]
        done = len(sweep.variations) - len(failed)
        lines.append(f"The other {done} of {len(sweep.variations)} stand; mend these and start the sweep again.")
        raise InputError("\n".join(lines))


def _missing(sweep: Sweep, folder: Path, overwrite: bool, warn: Callable[[str], None]) -> list[Variation]:
    """The variations that have to be run."""
    missing, others, damaged = [], [], []
    for variation in sweep.variations:
        refuse_link(folder / variation.folder)
        reason: str | None = None
        try:
            reason = _differs(variation, folder / variation.folder)
        except InputError as problem:
            damaged.append((variation, str(problem)))
        if reason != "":
            missing.append(variation)
        if reason:
            others.append(f'  {variation.folder}: "{variation.name}" {reason}')
    if others and not overwrite:
        more = [f"  ... and {len(others) - 10} more"] if len(others) > 10 else []
        raise InputError(
            "\n".join(
                [
                    f"{folder}: {len(others)} results are not of this sweep as it stands; use --overwrite to run them "
                    "again, or choose another folder with -o",
                    *others[:10],
                    *more,
                ]
            )
        )
    for variation, what in damaged:
        aside = _set_aside(folder / variation.folder)
        warn(f'variation "{variation.name}" is run again, what was there stands in {aside.name}: {what}')
    return missing


def _set_aside(folder: Path) -> Path:
    """Give damaged results another name: what has been changed in them may be somebody's."""
    names = (folder.with_name(f"{folder.name}{placing.SET_ASIDE}{number or ''}") for number in itertools.count())
    aside = next(name for name in names if not os.path.lexists(name))
    try:
        folder.rename(aside)
    except OSError as problem:
        raise InputError(f"{folder}: damaged, and cannot be moved away ({problem.strerror}); move it") from problem
    return aside


def _differs(variation: Variation, folder: Path) -> str | None:
    """Why results are not those of a variation; None where there are none, empty where they are.

    Raises
    ------
    InputError
        If they are damaged.
    """
    if not (folder / "summary.json").exists():
        return None
    with output.read_run(folder) as there:
        version, origin = there.summary["version"], there.summary["provenance"]
        faults = there.marker.faults() if there.marker is not None else {}
    if faults:
        raise InputError(f"{folder}: {'; '.join(f'{name} {fault}' for name, fault in faults.items())}")
    if version != identity.version():
        return f"is of driftsim {version or 'of an unknown version'}, this is {identity.version()}"
    if origin.get("sources_sha256") != identity.sources():
        return f"was made by other sources of driftsim {version}"
    ours = provenance.without_threads(configuration.dump(variation.config))
    was, wanted = (flat(read_toml(text, str(folder))) for text in (origin["config"], ours))
    keys = [key for key in (*wanted, *was) if was.get(key) != wanted.get(key)]
    if not keys:
        return ""
    value = [configuration.shown(of[keys[0]]) if keys[0] in of else "absent" for of in (wanted, was)]
    return f"now has {keys[0]} = {value[0]}, the results have {value[1]}"


# --- the runs ------------------------------------------------------------------------------------------------------


def _run_all(
    missing: Sequence[Variation], folder: Path, engine: engines.Engine, files: Sequence[Path]
) -> Iterator[tuple[Variation, engines.Done]]:
    """Run variations; yields them as they are done or have failed."""
    by_name = {variation.name: variation for variation in missing}
    tasks = [
        engines.Task(name, run_variation, (variation.config, folder / variation.folder, files))
        for name, variation in by_name.items()
    ]
    for done in engine.run(tasks):
        yield by_name[done.task.name], done


def run_variation(config: configuration.Config, folder: Path, files: Sequence[Path], *, threads: int) -> None:
    """One variation, in whatever process."""
    run_ = config.run.model_copy(update={"threads": config.run.threads or threads})
    study.run(config.model_copy(update={"run": run_}), folder, overwrite=True, read_from=files)


# --- what came out -------------------------------------------------------------------------------------------------


def collect(sweep: Sweep, folder: Path, score: bool = False) -> Json:
    """Numbers of every variation, from the files of its run: the body of ``sweep.json``."""
    base: Counts | None = None
    scores: _Scores | None = None
    rows = []
    for variation in sweep.variations:
        with output.read_run(folder / variation.folder) as run_:
            counts = _counts(run_)
            base = base or counts
            row = _row(variation, run_.summary, counts, base)
            if score and scores is None:
                shore = run_.coast()
                if shore is None:
                    raise InputError(f"{run_.path}: is not scored: the shoreline of its area is not at hand")
                scores = _Scores(run_.full_area(), shore)
            rows.append(row if scores is None else {**row, "score": scores.of(run_)})
    return {
        "version": identity.version(),
        "title": sweep.title,
        "regions": {k: of["name"] for k, of in run_.summary["regions"].items() if answer.at_home(run_.summary, k)},
        "home": home_name(run_.summary),
        "lead": list(answer.mission(run_.summary)),
        "shown": _shown(run_.summary),
        "git_commits": sorted({row["git_commit"] for row in rows}),
        "variations": rows,
    }


def home_name(summary: JsonView) -> str:
    """Name of the region that shares are shares of."""
    return answer.area_of(summary).home_name


def _shown(summary: JsonView) -> dict[str, int]:
    """Columns of the table: the regions that come first, then the sums of stretches beside them; and their widths."""
    regions, lead = summary["regions"], list(answer.mission(summary))
    taken = {stretch for key in lead for stretch in regions[key]["stretches"]}
    others = [
        key
        for key, of in regions.items()
        if answer.at_home(summary, key)
        and key != answer.home(summary)
        and len(of["stretches"]) > 1
        and not of.get("own")
        and not taken & set(of["stretches"])
    ]
    return {key: max(7, len(regions[key]["name"]) + 1) for key in (*lead, *others[:3])}


Counts: TypeAlias = "tuple[dict[str, NDArray[np.int64]], NDArray[np.int64]]"
"""Landings by member: in each region, and in the home region."""


def _counts(run_: Readable) -> Counts:
    """Landings by member: in each region, and at home."""
    arrivals, regions = run_.arrivals, run_.summary["regions"]
    leaves = statistics.flag_names(arrivals["stretch"])
    stretch = np.where(arrivals["outcome"].values == Outcome.LANDED, arrivals["stretch"].values, -1)
    by_leaf = statistics.count_landings(arrivals["member"].values, stretch, run_.summary["members"], len(leaves))
    by_region = {key: by_leaf[:, [leaves.index(s) for s in of["stretches"]]].sum(axis=1) for key, of in regions.items()}
    own = [key for key, of in regions.items() if of.get("own")]
    for key, mine in zip(own, statistics.inside_own(arrivals, own).T, strict=True):
        by_region[key] = np.bincount(arrivals["member"].values[mine], minlength=len(by_leaf))
    return by_region, by_region.get(answer.home(run_.summary), by_leaf.sum(axis=1))


def _row(variation: Variation, summary: JsonView, counts: Counts, base: Counts) -> Json:
    regions = {}
    for key, of in summary["regions"].items():
        if not answer.at_home(summary, key) or key == answer.home(summary):
            continue
        change, error = differences.share_change(counts[0][key], counts[1], base[0][key], base[1])
        regions[key] = {
            "share": of["share_of_home"],
            **{end: of[f"share_{end}"] for end in ("mean_low", "mean_high", "season_low", "season_high")},
            "change": change,
            "change_error": error,
            "days_p50": of["days_p50"],
        }
    home = summary["regions"].get(answer.home(summary), {})
    return {
        "name": variation.name,
        "group": variation.group,
        "folder": variation.folder,
        "changes": {k: v for k, v in variation.changes.items() if k not in ("name", "group")},
        "boats": summary["boats"],
        "members": summary["members"],
        "seed": summary["seed"],
        "config_sha256": summary["provenance"]["config_sha256"],
        "git_commit": summary["provenance"]["git_commit"],
        "ashore_at_home": home.get("probability"),
        "days_p50": home.get("days_p50"),
        "sunk": summary["outcomes"]["sunk"] / summary["boats"],
        "regions": regions,
    }


class _Scores:
    """Where boats land, against the landing records."""

    def __init__(self, sea: Area, coast: Coast) -> None:
        from ..validation import bins, compare, finds, records, reference

        known = records.load(None, sea)
        self.season = finds.season(known)
        self.uniform = reference.uniform(coast, sea)
        self.table = next(t for t in (bins.of_coast(known, name) for name in compare.SCORED) if t is not None)

    def of(self, run_: Readable) -> Json:
        """Log score a case, what it gains on the uniform forecast, and 95 % of that."""
        from ..validation import landings, skill

        return skill.over_uniform(landings.from_run(run_).moved_to(*self.season), self.uniform, self.table)


def _write(folder: Path, body: JsonView) -> None:
    from ..figures import tornado

    with whole(folder / "sweep.csv") as beside, open(beside, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        columns = ("name", "group", "folder", "boats", "members", "ashore_at_home", "days_p50")
        keys = [(region, key) for region in body["regions"] for key in ("share", "change", "change_error")]
        keys = [(region, key) for region, key in keys if region in body["variations"][0]["regions"]]
        writer.writerow([*columns, *(f"{region}_{key}" for region, key in keys)])
        for row in body["variations"]:
            writer.writerow(
                [*(cell(row[key]) for key in columns), *(row["regions"][region][key] for region, key in keys)]
            )
    tornado.draw(body, folder / "tornado.png")
    text_files.write_json(folder / "sweep.json", body)


def table(body: JsonView) -> str:
    """The sweep as plain text, 100 columns wide."""
    scored = any(row.get("score") for row in body["variations"])
    head = [
        body["title"],
        f"{len(body['variations']):,} runs of {body['variations'][0]['boats']:,} boats",
        "",
        f"{'share of the landings in ' + body['home'] + ', %':>{_NAME + 54}}{'ashore':>8}{'median':>7}"
        + ("  score" if scored else ""),
        f"{'':<{_NAME}}"
        + "".join(f"{body['regions'][key]:>{width}}" for key, width in body["shown"].items())
        + f"{'%':>8}{'days':>7}",
    ]
    rows, group = [], ""
    for row in body["variations"]:
        alone = row["group"] == row["name"]
        if row["group"] != group and not alone:
            rows.append(row["group"])
        group = row["group"]
        name = row["name"] if alone else "  " + row["name"]
        shares = "".join(f"{percent(row['regions'][key]['share']):>{width}}" for key, width in body["shown"].items())
        days = "–" if row["days_p50"] is None else f"{row['days_p50']:.0f}"
        score = f"{row['score']['gain']:>7.2f}" if scored else ""
        rows.append(f"{name:<{_NAME}.{_NAME}}{shares}{percent(row['ashore_at_home']):>8}{days:>7}{score}")
    notes = ["", f"ashore: in {body['home']}, of all boats; days: adrift, of those"]
    errors = [of["change_error"] for row in body["variations"][1:] for of in _leading(row, body["lead"])]
    if all(error is not None for error in errors):
        low, high = 100.0 * REACH * min(errors), 100.0 * REACH * max(errors)
        notes.append(f"changes of the four shares from the base are good to {low:.1f} to {high:.1f} points ({PERCENT})")
    if scored:
        from ..validation.seasons import WORTHS

        notes.append(
            "score: log score a case against the landing records by place, above that of landings uniform along the "
            "coast\n"
            + "(nats; with nothing changed its 95 % interval is "
            + " and ".join(
                f"{end['low']:.2f} to {end['high']:.2f} with {end['cases']} effective cases"
                for end in body["variations"][0]["score"]["by_worth"][:: len(WORTHS) - 1]
            )
            + ")"
        )
    return "\n".join([*head, *rows, *notes])


def _leading(row: JsonView, lead: Sequence[str]) -> list[Json]:
    return [row["regions"][key] for key in lead]
