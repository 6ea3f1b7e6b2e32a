"""The records of 2017 are what the sources say, and a file that does not fit is refused by line and column."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from driftsim.area.regions import REGIONS
from driftsim.cli import main
from driftsim.system import resources
from driftsim.system.errors import InputError
from driftsim.validation import records, schema, years

EVENT = "id,date,date_precision_days,region,lon,lat,precision_km,kind,confidence,source\n"
TOTAL = "table,area,first,last,low,best,high,counted,confidence,source\n"


@pytest.fixture(scope="module")
def of_2017() -> records.Records:
    return records.load()


# --- what the records say ------------------------------------------------------------------------------------------


def test_the_counts_are_those_of_the_sources(of_2017: records.Records) -> None:
    of = {row.area: (row.low, row.high) for row in of_2017.table("mission")}
    assert of == {
        "all": (104, 104), "akita": (14, 14), "aomori": (9, 13), "fukui": (1, None), "noto": (7, 15),
        "rest": (42, None), "offshore": (4, 20),
    }  # fmt: skip
    assert [row.text() for row in of_2017.table("interval")] == ["12", "16", "24", "12", "9", "32–41"]
    assert [row.text() for row in of_2017.table("month")] == ["31", "28", "45", "32–41"]
    assert {row.first.year: row.best for row in of_2017.table("year")} == {
        2013: 80, 2014: 65, 2015: 45, 2016: 66, 2017: 104,
    }  # fmt: skip
    fiscal = [row for row in of_2017.table("fiscal") if row.area != "all"]
    assert sum(row.best or 0 for row in fiscal if row.first.year == 2013) == 77  # as the answer itself adds up
    coarse = [(row.text(), len(row.area.split("+"))) for row in of_2017.table("coarse")]
    assert coarse == [("104", 1), ("29–33", 3), ("35–36", 2), ("15 or more", 2), ("2–20", 7), ("4–20", 1)]


def test_the_finds_are_those_of_the_sources(of_2017: records.Records) -> None:
    assert len(of_2017.events) == 64
    boats = of_2017.boats
    assert len(boats) == 51
    assert sum(event.date < date(2017, 11, 1) for event in boats) == 2
    named = Counter(records.prefecture(event.region) for event in boats)
    assert named == {
        "hokkaido_all": 2, "aomori": 9, "akita": 11, "yamagata_all": 4, "niigata": 12, "ishikawa": 7, "fukui": 1,
        "hyogo": 1, "offshore": 4,
    }  # fmt: skip
    assert sum(event.alive or 0 for event in boats) == 42
    assert sum(event.region in ("sado",) for event in boats) == 8
    assert [event.id for event in of_2017.events if event.steered == "yes"] == ["E021"]
    assert sorted(event.id for event in boats if event.fragment == "yes") == ["E011", "E014", "E018", "E046"]


def test_named_boats_are_never_more_than_the_count(of_2017: records.Records) -> None:
    named = Counter(records.prefecture(event.region) for event in of_2017.boats)
    for row in of_2017.table("prefecture"):
        if row.high is not None and row.area in named:
            assert named[row.area] <= row.high, row.area


def test_the_finds_lie_near_the_coast_that_they_name(of_2017: records.Records) -> None:
    """Within 20 km of the stretch, or at the precision of the place."""
    from driftsim.area import shoreline

    coast = shoreline.load()
    bins = coast.line_bins(5.0)
    keys = list(coast.stretch_keys)
    for event in of_2017.events:
        if event.region == "offshore":
            assert coast.distance_km(event.lon, event.lat) > 200.0
            continue
        of_region = [keys.index(key) for key in REGIONS[event.region].stretches]
        here = [code in of_region for code in bins.stretch]
        km = 111.2 * ((bins.lat_mid[here] - event.lat) ** 2 + (0.78 * (bins.lon_mid[here] - event.lon)) ** 2) ** 0.5
        assert km.min() < 45.0 + event.precision_km, event.id


def test_every_row_has_a_source_and_an_interval_is_a_difference_of_counts(of_2017: records.Records) -> None:
    assert all(row.source for row in (*of_2017.events, *of_2017.totals))
    count = {row.last: row.best for row in of_2017.table("cumulative")}
    ends = [date(2017, 11, 22), date(2017, 11, 30), date(2017, 12, 13), date(2017, 12, 18), date(2017, 12, 31)]
    differences = [b - a for a, b in zip([31, *(count[day] for day in ends)], [count[day] for day in ends])]  # noqa: B905
    assert differences == [row.best for row in of_2017.table("interval")][:5]


def test_the_schema_fits_the_files() -> None:
    package = json.loads(resources.data("areas/sea_of_japan/records/datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        fields = [field["name"] for field in resource["schema"]["fields"]]
        file = resources.data("areas/sea_of_japan/records") / resource["path"]
        assert schema.header(file) == fields
        assert len(schema.read(file, resource["schema"]["fields"])) > 9
        assert all(field["description"] for field in resource["schema"]["fields"])


# --- records of one's own ------------------------------------------------------------------------------------------


def test_events_alone_are_counted(tmp_path: Path) -> None:
    rows = [
        "a,2019-01-03,0,akita,140.0,39.7,2,boat_ashore,high,me",
        "b,2019-01-05,1,niigata_mainland,138.5,37.4,2,boat_afloat,high,me",
        "c,2019-01-05,0,noto,136.7,37.1,2,bodies_only,high,me",
        "d,2019-01-12,0,sado,138.3,38.0,2,boat_ashore,low,me",
        "e,2019-01-12,0,offshore,135.0,40.0,40,boat_afloat,high,me",
    ]
    (tmp_path / "mine.csv").write_text(EVENT + "\n".join(rows) + "\n", encoding="utf-8")
    mine = records.load(tmp_path / "mine.csv")
    assert {row.area: row.low for row in mine.table("mission")} == {
        "all": 4, "akita": 1, "aomori": 0, "fukui": 0, "noto": 0, "rest": 2, "offshore": 1,
    }  # fmt: skip
    assert [(row.first.day, row.last.day, row.low) for row in mine.table("interval")] == [(3, 9, 2), (10, 12, 2)]


@pytest.mark.parametrize(
    ("head", "rows", "told"),
    [
        (EVENT, ["a,2019-13-03,0,akita,140,39,2,boat_ashore,high,me"], ["line 2, column date", "2019-13-03"]),
        (EVENT, ["a,2019-01-03,0,akita,14,39,2,boat_ashore,high,me"], ["line 2, column lon", "14"]),
        (EVENT, ["a,2019-01-03,0,akia,140,39,2,boat_ashore,high,me"], ["line 2, column region", "'akia'"]),
        (EVENT, ["a,2019-01-03,0,akita,140,39,2,ship,high,me"], ["line 2, column kind", "'ship'", "boat_ashore"]),
        (EVENT, ["a,2019-01-03,0,akita,140,39,2,boat_ashore,high,"], ["line 2, column source", "is empty"]),
        (EVENT, ["a,2019-01-03,0,akita,140,39,2,boat_ashore,high,me,x"], ["line 2: 11 values for 10 columns"]),
        (EVENT, ["a,2019-01-03,0,akita,nan,39,2,boat_ashore,high,me"], ["line 2, column lon", "'nan'"]),
        (
            EVENT,
            ["a,2019-01-03,0,akita,140,39,2,boat_ashore,high,me"] * 2,
            ["line 3, column id", "stands in line 2 already"],
        ),
        (EVENT.replace("lon", "long"), [], ["unknown column 'long'", "did you mean 'lon'?", "'lon' is missing"]),
        (EVENT, [], ["no rows"]),
        (TOTAL, ["mission,akita,2017-01-01,2017-12-31,9,,7,cases,high,me"], ["line 2", "9, 7 do not ascend"]),
        (TOTAL, ["mission,akita,2017-01-01,2016-12-31,9,,,cases,high,me"], ["line 2, column last", "2016-12-31"]),
        (TOTAL, ["mission,akita,2017-01-01,2017-12-31,9,,,cases,high,me"], ["table mission", "area = all"]),
        (
            TOTAL,
            [f"mission,{a},2017-01-01,2017-12-31,9,,20,cases,high,me" for a in ("all", "niigata", "sado")],
            ["sado belongs to two rows", "add up to 18, more than all = 20"][:1],
        ),
        (
            TOTAL,
            [f"coarse,{a},2017-01-01,2017-12-31,{n},,{n},cases,high,me" for a, n in (("all", 9), ("akita", 11))],
            ["add up to 11, more than all = 9"],
        ),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, head: str, rows: list[str], told: list[str]) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(head + "".join(row + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        records.load(file)
    for part in (str(file), *told):
        assert part in str(refused.value)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(
        EVENT + "a,x,0,akita,140,39,2,boat_ashore,high,me\nb,2019-01-01,0,akita,140,99,2,boat_ashore,high,me\n"
    )
    with pytest.raises(InputError, match=r"line 2, column date.*line 3, column lat"):
        records.load(file)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00"])
def test_what_is_no_csv_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"mine\.csv"):
        records.load(tmp_path / "mine.csv")
    with pytest.raises(InputError, match="no such file"):
        records.load(tmp_path / "nothing.csv")


# --- the years ------------------------------------------------------------------------------------------------------

YEARS, FISCAL = (80, 65, 45, 66, 104), (87, 44, 61, 50, 130)


def test_2017_is_the_largest_of_five_and_no_more_is_shown() -> None:
    """By hand: on roots, 10.20 against 7.96 and 0.93 of the others is t = 2.16, three degrees of freedom."""
    found = years.largest(YEARS)
    assert found is not None and found.index == 4
    assert found.p_single == pytest.approx(stats.t.sf(2.161, 3), abs=2e-4)
    assert found.p == pytest.approx(5 * found.p_single) and 0.29 < found.p < 0.31
    assert found.dispersion == pytest.approx(622 / 3 / 64)
    fiscal = years.largest(FISCAL)
    assert fiscal is not None and 0.16 < fiscal.p < 0.18
    rare = years.largest((80, 65, 45, 66, 400))
    assert rare is not None and rare.p < 0.03
    assert years.largest((80, 65, 104)) is None and years.largest((7, 7, 7, 7, 9)) is None


@pytest.mark.parametrize(("mean", "dispersion"), [(70.0, 3.2), (70.0, 8.0), (20.0, 3.0), (70.0, 1.0001)])
def test_ordinary_records_are_called_unusual_as_seldom_as_they_should(mean: float, dispersion: float) -> None:
    """4000 records of five years with cases in bursts: p below 0.05 in 5 %, within 3 standard errors and a point; the
    Poisson test that does not know of bursts would say so in half of them."""
    rng, records_ = np.random.default_rng(5), 4000
    counts = rng.negative_binomial(mean / (dispersion - 1.0), 1.0 / dispersion, (records_, 5))
    p = np.array([found.p if (found := years.largest(row)) else 1.0 for row in counts.tolist()])
    for level in (0.05, 0.2):
        assert abs((p < level).mean() - level) < 0.01 + 3.0 * np.sqrt(level * (1.0 - level) / records_)


def test_years_that_are_not_known_are_not_judged(tmp_path: Path) -> None:
    rows = [f"year,all,{year}-01-01,{year}-12-31,{low},,{high},boats,high,me" for year, low, high in
            ((2013, 80, 80), (2014, 60, 70), (2015, 45, 45), (2016, 66, 66))]  # fmt: skip
    head = "table,area,first,last,low,best,high,counted,confidence,source"
    (tmp_path / "totals.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    told = years.text(records.load(tmp_path / "totals.csv"))
    assert told[0] == "By year: 2013 80, 2014 60–70, 2015 45, 2016 66" and "not every count is known" in told[1]
    assert years.text(records.Records("none", (), ())) == []


# --- the command ---------------------------------------------------------------------------------------------------


SAID = (
    "By year: 2013 80, 2014 65, 2015 45, 2016 66, 2017 104",
    "By fiscal year, from April: 2013/14 87, 2014/15 44, 2015/16 61, 2016/17 50, 2017/18 130",
    "2017, the largest of 5, is not shown to be unusual: p = 0.30 (0.06 had it been chosen beforehand)",
    "2017/18, the largest of 5, is not shown to be unusual: p = 0.17 (0.03 had it been chosen beforehand)",
)


def test_the_command_prints_and_draws(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["records", "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    for text in (
        "64 dated finds, 51",
        "Aomori                            9–13      9       8",
        "32–41",
        "35 bodies",
        *SAID,
    ):
        assert text in done.output
    drawn = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert drawn == ["driftsim.json"] + [
        f"records_{name}.png" for name in ("by_prefecture", "calendar", "cumulative", "map")
    ]


def test_the_command_refuses_a_bad_file(tmp_path: Path) -> None:
    with open(tmp_path / "bad.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "date"], ["a", "2017-11-01"]])
    done = CliRunner().invoke(main, ["records", str(tmp_path / "bad.csv"), "-o", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "column 'kind' is missing" in done.output
    assert not (tmp_path / "out").exists()
