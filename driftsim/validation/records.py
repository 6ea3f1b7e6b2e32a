"""Records of landings: dated finds and counts, each with source, confidence and precision.

They come with an area (``records/`` in its folder, see ``docs/reference/records.md``); another file in the same schema
may take their place.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from ..area.area import Area, default, pick
from ..system.errors import InputError
from ..system.kinds import Json
from . import schema

SPECIAL = ("all", "rest", "offshore", "unallocated")
"""Areas that are no stretch of coast."""

WHERE, WHEN = ("mission", "coarse", "prefecture", "season"), ("interval", "month")
"""Tables whose rows are the bins of a test."""


@dataclass(frozen=True)
class Event:
    """A dated find; the fields are those of ``events.csv``."""

    id: str
    date: date
    date_precision_days: float
    region: str
    lon: float
    lat: float
    precision_km: float
    kind: str
    confidence: str
    source: str
    place: str | None = None
    fragment: str | None = None
    state: str | None = None
    steered: str | None = None
    length_m: float | None = None
    alive: int | None = None
    bodies: int | None = None
    perhaps_same_as: str | None = None
    url: str | None = None

    @property
    def is_boat(self) -> bool:
        """A hull or a part of one."""
        return self.kind != "bodies_only"


@dataclass(frozen=True)
class Total:
    """A count; the fields are those of ``totals.csv``. None: not known."""

    table: str
    area: str
    first: date
    last: date
    low: int | None
    best: int | None
    high: int | None
    counted: str
    confidence: str
    source: str
    url: str | None = None
    label: str = ""

    @property
    def name(self) -> str:
        """The area, for people."""
        return self.label or self.area

    def text(self) -> str:
        """The count as it is known: ``14``, ``9–13``, ``1 or more``, ``at most 13``, ``not known``."""
        if self.low is None and self.high is None:
            return "not known"
        if self.low is None:
            return f"at most {self.high}"
        if self.high is None:
            return f"{self.low} or more"
        return f"{self.low}" if self.low == self.high else f"{self.low}–{self.high}"


@dataclass(frozen=True)
class Records:
    """Finds and counts.

    Attributes
    ----------
    name : str
    events : tuple of Event
        In the order of their dates.
    totals : tuple of Total
    files : tuple of Path
    sea : Area
        Whose coasts they are of.
    """

    name: str
    events: tuple[Event, ...]
    totals: tuple[Total, ...]
    files: tuple[Path, ...] = ()
    sea: Area = field(default_factory=default)

    def table(self, name: str) -> list[Total]:
        """The counts of a table, in the order of the file; empty if there is none."""
        return [total for total in self.totals if total.table == name]

    @property
    def boats(self) -> list[Event]:
        """Finds of hulls or parts of them."""
        return [event for event in self.events if event.is_boat]


def stretches(area: str, sea: Area) -> frozenset[str]:
    """Stretches of coast of an area such as ``akita`` or ``yamagata_all+niigata``; none for those in `SPECIAL`."""
    if area in SPECIAL:
        return frozenset()
    return frozenset(stretch for key in area.split("+") for stretch in sea.regions[key].stretches)


def area_name(area: str, sea: Area) -> str:
    """An area for people."""
    special = {"all": "all", "offshore": "far offshore", "unallocated": "not allocated"}
    special["rest"] = f"the rest of {sea.home_name}"
    if area in special:
        return special[area]
    keys = area.split("+")
    names = [sea.regions[key].name for key in keys]
    return " + ".join(names) if len(names) <= 3 else f"{names[0]} to {names[-1]}"


def prefecture(region: str, sea: Area | None = None) -> str:
    """Key of the smallest region that sums a stretch with others; itself where nothing but the home country does."""
    sea = default() if sea is None else sea
    parent = next((stretch.parent for stretch in sea.stretches if stretch.key == region), "")
    return parent if parent not in ("", sea.home) else region


def load(path: Path | str | None = None, sea: Area | None = None) -> Records:
    """Read records.

    Parameters
    ----------
    path
        A CSV with the columns of events or of totals, or a folder with ``events.csv`` or ``totals.csv`` or both; None:
        the records that come with the area. Of events alone the tables of counts are made by counting.
    sea
        The area that the records are of; by default the default one.

    Raises
    ------
    InputError
        For what does not fit the schema, by line and column.
    """
    sea = default() if sea is None else sea
    given = sea.existing("records", "records of landings: give a file with --records") if path is None else Path(path)
    if not given.exists():
        raise InputError(f"{given}: no such file or folder; give a CSV of events or totals, or a folder with both")
    if not given.is_dir() and not given.is_file():
        raise InputError(f"{given}: is not a regular file; give a CSV of events or totals, or a folder with both")
    files = [given / name for name in ("events.csv", "totals.csv")] if given.is_dir() else [given]
    files = [file for file in files if file.exists()]
    if not files:
        raise InputError(f"{given}: holds neither events.csv nor totals.csv")
    events: list[Event] = []
    totals: list[Total] = []
    for file in files:
        if _kind(file) == "events":
            events = _events(file, sea)
        else:
            totals = _totals(file, sea)
    name = pick(sea.file.records.name, "en") if path is None else given.stem
    events.sort(key=lambda event: (event.date, event.id))
    if not totals:
        totals = counted(events, sea)
    return Records(name, tuple(events), tuple(totals), tuple(files), sea)


def _kind(file: Path) -> str:
    """Whether a file holds events or totals: the one whose columns it has more of."""
    names = set(schema.header(file))
    match = {kind: len(names & {field["name"] for field in schema.schemas()[kind]}) for kind in ("events", "totals")}
    return "events" if match["events"] >= match["totals"] else "totals"


def _event_fields(sea: Area) -> list[Json]:
    """Columns of events; places must lie in the area, those of the default one within the limits of its schema."""
    fields = schema.schemas()["events"]
    if sea.key == default().key:
        return fields
    limits = {"lon": sea.box[:2], "lat": sea.box[2:]}
    ends = {
        name: {"constraints": {"required": True, "minimum": least, "maximum": most}}
        for name, (least, most) in limits.items()
    }
    return [field | ends.get(field["name"], {}) for field in fields]


def _events(file: Path, sea: Area) -> list[Event]:
    problems, events = [], []
    for line, values in schema.read(file, _event_fields(sea)):
        if values["region"] != "offshore" and values["region"] not in sea.regions:
            problems.append(
                f"line {line}, column region: {schema.shown(values['region'])} is no region of the "
                f"area {sea.key} and not offshore"
            )
        events.append(Event(**values))
    _refuse(file, problems)
    return events


def _totals(file: Path, sea: Area) -> list[Total]:
    problems, totals = [], []
    for line, values in schema.read(file, schema.schemas()["totals"]):
        unknown = [key for key in values["area"].split("+") if values["area"] not in SPECIAL and key not in sea.regions]
        if unknown:
            problems.append(
                f"line {line}, column area: {schema.shown(unknown[0])} is no region of the "
                f"area {sea.key} and none of {', '.join(SPECIAL)}"
            )
        known = [values[key] for key in ("low", "best", "high") if values[key] is not None]
        if known != sorted(known):
            problems.append(f"line {line}, columns low, best, high: {', '.join(map(str, known))} do not ascend")
        if values["last"] < values["first"]:
            problems.append(f"line {line}, column last: {values['last']} is before first = {values['first']}")
        label = "" if unknown else area_name(values["area"], sea)
        totals.append(Total(**values, label=label))
    _refuse(file, problems)
    _refuse(file, _partition(totals, sea))  # speaks of areas that are known
    return totals


def _partition(totals: list[Total], sea: Area) -> list[str]:
    """What is wrong with the tables of bins: they must not overlap, and their least must fit into the total."""
    problems = []
    for name in WHERE:
        rows = [total for total in totals if total.table == name]
        whole = [total for total in rows if total.area == "all"]
        if rows and (len(whole) != 1 or whole[0].high is None):
            problems.append(f"table {name}: needs one row with area = all and its number in high")
            continue
        bins = [total for total in rows if total.area not in ("all", "unallocated")]
        twice = Counter(stretch for total in bins for stretch in stretches(total.area, sea))
        problems += [f"table {name}: {key} belongs to two rows" for key, count in twice.items() if count > 1]
        least = sum(total.low or 0 for total in bins)
        if whole and least > (whole[0].high or 0):
            problems.append(f"table {name}: the least of its rows add up to {least}, more than all = {whole[0].high}")
    return problems


def _refuse(file: Path, problems: list[str]) -> None:
    if problems:
        raise InputError(f"{file}: " + "; ".join(problems[: schema.MOST_PROBLEMS]))


def counted(events: list[Event], sea: Area) -> list[Total]:
    """Tables mission, prefecture, and interval by weeks, made of dated boats alone: every one of them is known."""
    boats = [event for event in events if event.is_boat]
    if not boats:
        return []
    first, last = min(event.date for event in boats), max(event.date for event in boats)

    def total(table: str, area: str, number: int, begin: date = first, end: date = last) -> Total:
        return Total(
            table,
            area,
            begin,
            end,
            number,
            number,
            number,
            "boats, ashore or drifting",
            "high",
            "counted events",
            label=area_name(area, sea),
        )

    leaf = [event.region for event in boats]
    out = []
    for table, areas in (("mission", (*sea.lead, "rest")), ("prefecture", _prefectures(sea))):
        where = {stretch: area for area in areas if area != "rest" for stretch in stretches(area, sea)}
        found = Counter(
            "offshore" if key == "offshore" else where.get(min(sea.regions[key].stretches), "rest") for key in leaf
        )
        out.append(total(table, "all", len(boats)))
        out += [total(table, area, found[area]) for area in (*areas, "offshore")]
    for week in range((last - first).days // 7 + 1):
        begin = first + timedelta(days=7 * week)
        end = min(begin + timedelta(days=6), last)
        out.append(total("interval", "all", sum(begin <= event.date <= end for event in boats), begin, end))
    return out


def _prefectures(sea: Area) -> tuple[str, ...]:
    return tuple(dict.fromkeys(prefecture(s.key, sea) for s in sea.stretches if s.key in sea.counted))


def text(records: Records) -> str:
    """The records as plain text: counts by prefecture beside the boats named, by interval, and of people."""
    boats = records.boats
    lines = [f"{records.name}: {len(records.events)} dated finds, {len(boats)} of them boats or parts of boats"]
    named = Counter(prefecture(event.region, records.sea) for event in boats)
    ashore = Counter(prefecture(event.region, records.sea) for event in boats if event.kind == "boat_ashore")
    rows = records.table("prefecture")
    if rows:
        lines += ["", f"{_period(rows[0])}  {'count':>12}  {'named':>5}  {'ashore':>6}  what is counted; confidence"]
        for row in rows:
            known = "–" if row.area in ("all", "unallocated") else str(named[row.area])
            beach = "–" if row.area in ("all", "unallocated", "offshore") else str(ashore[row.area])
            lines.append(f"{row.name:<26}{row.text():>12}  {known:>5}  {beach:>6}  {row.counted}; {row.confidence}")
    for table, title in (("season", "Bounds of"), ("interval", "By interval")):
        rows = records.table(table)
        if rows:
            lines += ["", f"{title} {_period(rows[0])}" if table == "season" else title]
            lines += [f"{row.name if table == 'season' else _period(row):<26}{row.text():>12}" for row in rows]
    people = [row for row in records.table("people") if row.area == "all"]
    if people:
        latest = max(row.first for row in people)
        told = ", ".join(f"{row.text()} {row.counted}" for row in people if row.first == latest)
        lines += ["", f"People {latest.year}: {told}"]
    return "\n".join(lines)


def _period(row: Total) -> str:
    if (row.first.month, row.first.day, row.last.month, row.last.day) == (1, 1, 12, 31):
        span = f"{row.first.year}" if row.first.year == row.last.year else f"{row.first.year}–{row.last.year}"
    else:
        span = f"{row.first.day} {row.first:%b} to {row.last.day} {row.last:%b %Y}"
    return f"{span:<24}"
