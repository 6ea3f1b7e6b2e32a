"""Files of landing records that must be refused: what stands in each, and what the message must say."""

from __future__ import annotations

from typing import NamedTuple


class BrokenRecords(NamedTuple):
    """What stands in the file, and what the message must say."""

    name: str
    content: bytes
    says: str


EVENTS = "id,date,date_precision_days,region,lon,lat,precision_km,kind,confidence,source"
TOTALS = "table,area,first,last,low,best,high,counted,confidence,source"
EVENT = "a,2019-01-03,0,akita,140.0,39.7,2,boat_ashore,high,me"
TOTAL = "mission,all,2017-01-01,2017-12-31,9,,11,cases,high,me"


def table(*lines: str) -> bytes:
    """Lines as a file."""
    return "".join(line + "\n" for line in lines).encode()


def events(old: str, new: str) -> bytes:
    """A file of one find in which a value is another."""
    assert old in EVENT
    return table(EVENTS, EVENT.replace(old, new, 1))


def totals(old: str, new: str) -> bytes:
    """A file of one count in which a value is another."""
    assert old in TOTAL
    return table(TOTALS, TOTAL.replace(old, new, 1))


def part(area: str, count: int) -> str:
    """A count of one coast."""
    return TOTAL.replace("all", area).replace("9,,11", f"{count},,{count}")


GOOD = [table(EVENTS, EVENT), b"\xef\xbb\xbf" + table(EVENTS, EVENT), table(TOTALS, TOTAL)]

CASES = [
    BrokenRecords("nothing", b"", "is empty"),
    BrokenRecords("an empty line", b"\n", "is missing"),
    BrokenRecords("a header alone", table(EVENTS), "no rows"),
    BrokenRecords("not UTF-8", b"id,caf\xe9\n", "cannot be read"),
    BrokenRecords("not UTF-8 below", table(EVENTS) + b"a,2019-01-03,0,caf\xe9\n", "cannot be read"),
    BrokenRecords("another encoding", table(EVENTS, EVENT).decode().encode("utf-16"), "cannot be read"),
    BrokenRecords("a NetCDF file", b"\x89HDF\r\n\x1a\n" + bytes(64), "cannot be read"),
    BrokenRecords("zeros", bytes(1000), "line 1"),
    BrokenRecords("JSON", b'{"type": "FeatureCollection"}\n', "unknown column"),
    BrokenRecords("semicolons", table(EVENTS.replace(",", ";"), EVENT.replace(",", ";")), "unknown column"),
    BrokenRecords("30 MB", b"a" * 30_000_000, "larger than 20 MB"),
    BrokenRecords("a header of 200,000 letters", b"x" * 200_000, "field larger than field limit"),
    BrokenRecords("a column of 90,000 letters", table(EVENTS + "," + "x" * 90_000, EVENT + ",1"), "unknown column"),
    BrokenRecords("a thousand columns", table(",".join(["id"] * 1000)), "1000 columns"),
    BrokenRecords("a column twice", table(EVENTS + ",lon", EVENT + ",140"), "'lon' stands twice"),
    BrokenRecords("an unknown column", table(EVENTS + ",length", EVENT + ",9"), "did you mean 'length_m'"),
    BrokenRecords("a column missing", table(EVENTS[3:], EVENT[2:]), "'id' is missing"),
    BrokenRecords("a value too many", table(EVENTS, EVENT + ",more"), "11 values for 10 columns"),
    BrokenRecords("a value too few", table(EVENTS, EVENT[:-3]), "9 values for 10 columns"),
    BrokenRecords("a quote that never ends", table(EVENTS, '"' + EVENT, EVENT), "line"),
    BrokenRecords("an id twice", table(EVENTS, EVENT, EVENT), "stands in line 2 already"),
    BrokenRecords("thirty wrong rows", table(EVENTS, *[EVENT.replace("39.7", "x")] * 30), "more"),
    BrokenRecords("a month of 13", events("2019-01-03", "2019-13-03"), "'2019-13-03' is not a date"),
    BrokenRecords("a date of another form", events("2019-01-03", "3 January 2019"), "is not a date"),
    BrokenRecords("a date before time", events("2019-01-03", "-2019-01-03"), "is not a date"),
    BrokenRecords("no date", events("2019-01-03", ""), "column date: is empty"),
    BrokenRecords("longitude of another sea", events("140.0", "14"), "column lon: 14 is not within"),
    BrokenRecords("longitude in words", events("140.0", "140E"), "column lon: '140E' is not a number"),
    BrokenRecords("longitude nan", events("140.0", "nan"), "column lon: 'nan' is not a number"),
    BrokenRecords("longitude inf", events("140.0", "inf"), "column lon: 'inf' is not a number"),
    BrokenRecords("latitude beyond the pole", events("39.7", "99.7"), "column lat"),
    BrokenRecords("a negative precision", events(",2,", ",-2,"), "column precision_km"),
    BrokenRecords("an unknown kind", events("boat_ashore", "ship"), "'ship' is none of"),
    BrokenRecords("an unknown confidence", events("high", "certain"), "'certain' is none of"),
    BrokenRecords("an unknown region", events("akita", "akia"), "'akia' is no region"),
    BrokenRecords("a region in Japanese", events("akita", "秋田"), "is no region"),
    BrokenRecords("a region of 5,000 letters", events("akita", "a" * 5000), "column region"),
    BrokenRecords("a date of 5,000 digits", events("2019-01-03", "2" * 5000), "column date"),
    BrokenRecords("a longitude of 5,000 digits", events("140.0", "9" * 5000), "column lon"),
    BrokenRecords("what a terminal would act on", events(",me", ",\x1b[31mme"), "control characters"),
    BrokenRecords("written from right to left", events(",me", ",\u202eme"), "invisible ones"),
    BrokenRecords("no source", events(",me", ","), "column source: is empty"),
    BrokenRecords("counts that are no numbers", totals(",9,", ",nine,"), "'nine' is not a whole number"),
    BrokenRecords("half a boat", totals(",9,", ",9.5,"), "'9.5' is not a whole number"),
    BrokenRecords("fewer than none", totals(",9,", ",-9,"), "column low"),
    BrokenRecords("a count of 5,000 digits", totals(",11,", "," + "1" * 5000 + ","), "column high"),
    BrokenRecords("counts that do not ascend", totals(",9,,11,", ",9,,7,"), "9, 7 do not ascend"),
    BrokenRecords("an end before its beginning", totals("2017-12-31", "2016-12-31"), "is before first"),
    BrokenRecords("no whole", totals("all", "akita"), "needs one row with area = all"),
    BrokenRecords("a whole without number", totals(",11,", ",,"), "needs one row with area = all"),
    BrokenRecords("two wholes", table(TOTALS, TOTAL, TOTAL), "needs one row with area = all"),
    BrokenRecords("an unknown area", totals("all", "akita+nowhere"), "'nowhere' is no region"),
    BrokenRecords("a special area in a sum", totals("all", "akita+rest"), "'rest' is no region"),
    BrokenRecords("an empty part of an area", totals("all", "akita+"), "'' is no region"),
    BrokenRecords("an area of 5,000 letters", totals("all", "a" * 5000), "column area"),
    BrokenRecords(
        "a coast in two rows", table(TOTALS, TOTAL, part("niigata", 1), part("sado", 2)), "sado belongs to two"
    ),
    BrokenRecords("parts above the whole", table(TOTALS, TOTAL, part("akita", 12)), "more than all = 11"),
]
