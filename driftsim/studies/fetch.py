"""Public products fetched into a folder, and a config that uses them."""

from __future__ import annotations

import glob
import itertools
import json
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from .. import config as configuration
from ..config import models, values
from ..forcing import catalogue, download
from ..forcing.download import manifest, series
from ..system.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR
from ..system.disk import whole
from ..system.errors import InputError

if TYPE_CHECKING:
    from ..forcing.download import Progress

Box = tuple[float, float, float, float]

MARGIN_DEG = 0.25
"""How far the default box reaches beyond the domain; the nodes that enclose the box come as well."""

MOST_GB = 50.0
"""Default limit of what one command may bring."""

_RELEASE_DAYS = 14.0
_YAMATO = ((133.4, 38.6), (136.4, 38.6), (136.4, 40.2), (133.8, 40.2))


def default_box() -> Box:
    """The default domain with a margin: west, east, south, north."""
    west, east, south, north = models.CoastTable().domain
    return west - MARGIN_DEG, east + MARGIN_DEG, south - MARGIN_DEG, north + MARGIN_DEG


def table() -> str:
    """The products that can be fetched, as text."""
    rows = [("product", "kind", "login", "from", "to")]
    for one in series.SERIES.values():
        rows.append((one.key, one.kind, series.LOGINS[one.login], one.first[:10], one.last[:10] or "today"))
    widths = [max(len(row[k]) for row in rows) for k in range(5)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def moment(text: str, option: str) -> float:
    """Epoch seconds of a date or date-time, UTC.

    Raises
    ------
    InputError
    """
    try:
        return values.epoch(values.moment(text))
    except ValueError as problem:
        raise InputError(f"{option} {text}: must be {models.A_MOMENT}") from problem


def _box(given: Box | None) -> Box:
    if given is None:
        return default_box()
    west, east, south, north = given
    if not all(math.isfinite(x) for x in given) or not (west < east <= west + 360.0 and -90.0 <= south < north <= 90.0):
        raise InputError(f"--box {west:g} {east:g} {south:g} {north:g}: must be west, east, south, north in degrees")
    if abs(west) > 360.0 or abs(east) > 360.0:
        raise InputError(f"--box {west:g} {east:g} {south:g} {north:g}: longitudes must lie within -360 and 360")
    return given


def plan(product: str, start: str, end: str, folder: Path, box: Box | None = None) -> str:
    """What a fetch would bring, as text; nothing is asked of any server."""
    planned = download.plan(product, moment(start, "--start"), moment(end, "--end"), _box(box), folder)
    coming = planned.coming
    west, east, south, north = planned.box
    lines = [
        f"{product}  {series.iso(planned.start)} to {series.iso(planned.end)}, "
        f"{west:g} to {east:g} E, {south:g} to {north:g} N",
        f"login   {series.LOGINS[planned.series.login]}",
        f"files   {len(coming)} would come, at most {_megabytes(planned.nbytes)}; {len(planned.have)} are there",
    ]
    if (kept := sum(item.kept for item in coming)) != planned.nbytes:
        lines.append(
            f"        at most {_megabytes(kept)} of it kept: the files come whole, and the box is cut out here"
        )
    sources = list(dict.fromkeys(source for item in coming for source in item.sources))
    lines += [f"        {source}" for source in sources[:4]]
    lines += [f"        and {len(sources) - 4} more addresses"] if len(sources) > 4 else []
    lines += [f"        {folder / name} {fault}" for name, fault in planned.faults.items()]
    return "\n".join([*lines, "Nothing has been fetched."])


def _megabytes(nbytes: float) -> str:
    return f"{nbytes / 1e6:,.1f} MB" if nbytes < 1e7 else f"{nbytes / 1e6:,.0f} MB"


def fetch_product(
    product: str,
    start: str,
    end: str,
    folder: Path,
    box: Box | None = None,
    *,
    most_gb: float = MOST_GB,
    report: Callable[[Progress], None] = lambda progress: None,
    say: Callable[[str], None] = lambda text: None,
) -> str:
    """Fetch a product; what has been done, as text.

    Parameters
    ----------
    product : str
    start, end : str
        The period that is to be run, UTC; one level beyond each end comes as well.
    folder : Path
        Everything is written into it, and nothing elsewhere.
    box : tuple of float, optional
        West, east, south, north; by default the default domain with a margin.
    most_gb : float
        Refuse to begin if more would come.
    report, say : callable
        See `driftsim.forcing.download.fetch`.

    Raises
    ------
    InputError
    """
    began, finish = moment(start, "--start"), moment(end, "--end")
    done = download.fetch(product, began, finish, _box(box), folder, most_bytes=most_gb * 1e9, report=report, say=say)
    return f"{product}: {len(done.items)} files in {folder}, {len(done.have)} of them were there already"


# A config from what was fetched ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fetched:
    """One product in a folder: its manifest, and what a config has to know of it."""

    series: series.Series
    box: Box
    period: tuple[float, float]
    gap_h: float
    gap: tuple[float, float]

    @property
    def title(self) -> str:
        """As in the catalogue."""
        entry = catalogue.CATALOGUE.get(self.series.key)
        return entry.title if entry else self.series.key


def fetched(folder: Path) -> dict[str, Fetched]:
    """What lies in a folder, by kind: current, wind, stokes.

    Raises
    ------
    InputError
        If there is nothing, a fetch has not come to its end, or two products are of the same kind.
    """
    out: dict[str, Fetched] = {}
    for path in sorted(folder.glob(f"*{manifest.ENDING}")):
        one = _fetched(path)
        if one.series.kind in out:
            raise InputError(
                f"{folder}: holds two products of the kind {one.series.kind}: {out[one.series.kind].series.key} and "
                f"{one.series.key}; keep them in folders of their own"
            )
        out[one.series.kind] = one
    if not {"current", "wind"} & out.keys():
        raise InputError(f"{folder}: holds no current and no wind that `driftsim fetch` has fetched")
    return out


def _fetched(path: Path) -> Fetched:
    held = manifest.read(path)
    if not held["period"]:
        raise InputError(f"{path}: the fetch was interrupted; run the same `driftsim fetch` command again")
    one = series.find(held["product"])
    entries = sorted((e for e in held["files"].values() if e["levels"]), key=lambda e: e["first"])
    gaps = [(e["widest_gap_hours"], series.epoch(e["first"]), series.epoch(e["last"])) for e in entries]
    for a, b in itertools.pairwise(entries):
        low, high = series.epoch(a["last"]), series.epoch(b["first"])
        gaps.append(((high - low) / SECONDS_PER_HOUR, low, high))
    start, end = (series.epoch(t) for t in held["period"])
    inside = [gap for gap in gaps if gap[2] > start and gap[1] < end]
    widest, low, high = max(inside, default=(0.0, start, end))
    west, east, south, north = held["box"]
    return Fetched(one, (west, east, south, north), (start, end), widest, (low, high))


def config_text(folder: Path, beside: Path) -> str:
    """A config, as text, that uses what lies in a folder; its file names are relative to ``beside``.

    Raises
    ------
    InputError
        If what was fetched has no period or area in common.
    """
    held = fetched(folder)
    used = [held[kind] for kind in ("current", "wind") if kind in held]
    start, end = max(one.period[0] for one in used), min(one.period[1] for one in used)
    end -= (end - start) % SECONDS_PER_HOUR
    if end - start < SECONDS_PER_HOUR:
        raise InputError(f"{folder}: its products have no period in common: fetch the same --start and --end for each")
    lines = [
        "# Made by `driftsim init --from` from what was fetched: " + ", ".join(one.series.key for one in used) + ".",
        "# Sources, classes and dates of release are examples: put in your own. Times are UTC.",
        "",
        "[run]",
        'title = "My hindcast"' if len(used) == 2 else 'title = "My study"',
        f"start = {_toml_date(start)}",
        f"end = {_toml_date(end)}",
        "seed = 1",
        "",
        *(_field(held.get("current"), "current", folder, beside)),
        *(_field(held.get("wind"), "wind", folder, beside)),
        *_stokes(held.get("stokes")),
        *_boats(),
        *_release(start, end, _domain(used, folder)),
    ]
    return "\n".join(lines) + "\n"


def _toml_date(t: float) -> str:
    return series.iso(t).rstrip("Z")


def _field(one: Fetched | None, kind: str, folder: Path, beside: Path) -> list[str]:
    if one is None:
        members = ["members = 100"] if kind == "wind" else []
        return [f"[{kind}]", 'product = "climatology"       # none was fetched: not of the period', *members, ""]
    where = Path(glob.escape(os.path.relpath(folder, beside))).as_posix()
    lines = [f"{f'[{kind}]':<30}# {one.title}", f'product = "{one.series.key}"']
    lines.append(f"files = [{json.dumps(f'{where}/{one.series.key}_*.nc', ensure_ascii=False)}]")
    if one.gap_h > 2.0 * one.series.step_hours:
        lines += [
            f"# Bridged: no level for {one.gap_h:g} h between {_toml_date(one.gap[0])} and {_toml_date(one.gap[1])}.",
            f"max_gap_hours = {math.ceil(one.gap_h):g}",
        ]
    return [*lines, ""]


def _stokes(one: Fetched | None) -> list[str]:
    if one is None:
        return []
    return [
        f"# {one.series.key} (Stokes drift) is there too; leeway measured at sea holds the push of the waves already.",
        "",
    ]


def _boats() -> list[str]:
    classes = [("FISHING-VESSEL-5", "Korean fishing vessel, upright"), ("SKIFF-3", "swamped or capsized skiff")]
    rows = [["[[boats.classes]]", f"""{f'leeway = "{key}"':<30}# {what}""", "share = 0.5", ""] for key, what in classes]
    return ["[boats]", "number = 10000", "", *(line for row in rows for line in row)]


def _domain(used: list[Fetched], folder: Path) -> Box:
    """The default domain, or what of it lies in the boxes that were fetched."""
    boxes = [models.CoastTable().domain, *(one.box for one in used)]
    west, south = (math.ceil(max(box[k] for box in boxes) * 100.0 - 1e-6) / 100.0 for k in (0, 2))
    east, north = (math.floor(min(box[k] for box in boxes) * 100.0 + 1e-6) / 100.0 for k in (1, 3))
    if west >= east or south >= north:
        raise InputError(f"{folder}: what was fetched has no area in common, or none with the domain {list(boxes[0])}")
    return west, east, south, north


def _release(start: float, end: float, domain: Box) -> list[str]:
    west, east, south, north = domain
    days = min(_RELEASE_DAYS, (end - start) / 4.0 / SECONDS_PER_DAY)
    last = start + math.floor(timedelta(days=days).total_seconds() / SECONDS_PER_HOUR) * SECONDS_PER_HOUR
    lines = ["[release]", f"first = {_toml_date(start)}", f"last = {_toml_date(last)}"]
    if all(west < x < east and south < y < north for x, y in _YAMATO):
        where = ['name = "Yamato Bank"', 'kind = "polygon"', f"points = {json.dumps(_YAMATO)}"]
    else:
        lines.append('on_land = "move"')
        middle = [round(a + k * (b - a) / 8.0, 3) for a, b in ((west, east), (south, north)) for k in (3, 5)]
        where = ['name = "middle of the box"', 'kind = "box"', f"box = {json.dumps(middle)}"]
    lines += ["", "[[release.sources]]", *where]
    if domain != models.CoastTable().domain:
        lines += [
            "",
            "[coast]                       # as far as what was fetched reaches",
            f"domain = {json.dumps(domain)}",
        ]
    return lines


def init(folder: Path, path: Path) -> None:
    """Write a config that uses what lies in a folder; never over a file that is there.

    Raises
    ------
    InputError
    """
    if os.path.lexists(path):
        raise InputError(f"{path}: exists already; give another name")
    text = config_text(folder, path.parent)
    with whole(path, new=True) as beside:
        beside.write_text(text, encoding="utf-8")
    configuration.load(path)  # what was written must be good, else say so now
