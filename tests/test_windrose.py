"""Wind series drawn from roses: known answers, reproducibility, the roses given back, bad input."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from driftsim.forcing.climatology import rose_map, rose_wind
from driftsim.forcing.climatology import weather as latent
from driftsim.forcing.climatology.rose_map import GALE_M_S
from driftsim.forcing.climatology.rose_wind import RoseWind, month_weights
from driftsim.forcing.climatology.roses import DIRECTIONS, Roses, load_roses
from driftsim.system import resources
from driftsim.system.errors import InputError

BOX = (128.0, 142.0, 34.0, 48.0)
ULSAN = (129.84, 35.35)
LAGS_HOURS = (6, 12, 24, 48)
# Hourly wind of the Ulsan buoy 2021-2023, at those lags.
BUOY = {
    ("autumn", 0): (0.81, 0.67, 0.42, 0.20),
    ("autumn", 1): (0.72, 0.56, 0.37, 0.15),
    ("winter", 0): (0.80, 0.65, 0.43, 0.22),
    ("winter", 1): (0.66, 0.42, 0.21, 0.07),
}


def epoch(text: str) -> float:
    return float(np.datetime64(text, "s").astype(np.int64))


def steady_roses(share: list[float], speed: list[float], gale: float = 0.0, lon: float = 134.0) -> Roses:
    """The same rose at one place in all months."""
    return Roses(
        lon=np.array([lon]),
        lat=np.array([40.0]),
        share=np.tile(np.array(share), (12, 1, 1)),
        speed=np.tile(np.array(speed), (12, 1, 1)),
        calm=np.zeros((12, 1)),
        gale=np.full((12, 1), gale),
        spacing_deg=2.0,
        filled=np.zeros((12, 1), bool),
    )


def octants(wind: np.ndarray) -> np.ndarray:
    """Octant FROM which each wind vector blows."""
    return np.floor(np.arctan2(-wind[..., 0], -wind[..., 1]) / (np.pi / 4) + 0.5).astype(int) % 8


# ------------------------------------------------------------------------------------------------------- known answers


def test_months_stand_at_their_middle_and_december_runs_on_to_january():
    # January 2018 has 31 days: its middle is the 16th at noon. February 2018: the 15th at midnight.
    before, after, weight = month_weights(np.array([epoch("2018-01-16T12:00:00"), epoch("2018-02-15T00:00:00")]))
    assert before.tolist() == [0, 1]
    assert after.tolist() == [1, 2]
    assert weight.tolist() == [0.0, 0.0]
    # Half-way from 16 December noon to 16 January noon: 1 January, midnight.
    before, after, weight = month_weights(np.array([epoch("2018-01-01T00:00:00")]))
    assert (before[0], after[0]) == (11, 0)
    assert weight[0] == pytest.approx(0.5, abs=1e-12)
    # A leap February's middle is 15 February noon; and times before 1970 are times too.
    assert month_weights(np.array([epoch("2020-02-15T12:00:00")]))[2][0] == 0.0
    assert month_weights(np.array([epoch("1959-07-16T12:00:00")]))[0][0] == 6


def test_a_wind_from_one_octant_blows_towards_the_other_side():
    # All from the south-west (octant 5) at 8 m/s: towards the north-east. The directions are spread over the octant,
    # most in its middle, so the vector mean is a little shorter than 8.
    share = [0.0] * 8
    share[5] = 1.0
    wind = RoseWind(steady_roses(share, [8.0 * s for s in share]), (133, 135, 39, 41), (0.0, 86400.0 * 300), 40, seed=3)
    sample = np.concatenate([wind.level(k)[:, 0, 0] for k in range(0, 1200, 8)])
    assert (octants(sample) == 5).mean() > 0.985
    speed = np.hypot(*sample.T)
    assert speed.mean() == pytest.approx(8.0, abs=0.12)
    assert sample.mean(axis=0) == pytest.approx([5.55, 5.55], abs=0.15)
    assert 0.4 < speed.std() / speed.mean() < 0.5
    # Continuous directions: no value holds more than its part, no gap in the octant.
    angle = np.degrees(np.arctan2(sample[:, 1], sample[:, 0]))
    share_by_degree = np.histogram(angle, np.arange(25, 66))[0] / len(angle)
    assert (share_by_degree > 0).all()
    assert share_by_degree.max() < 0.06


def test_the_map_gives_back_a_lopsided_rose():
    share = np.array([0.30, 0.05, 0.0, 0.02, 0.03, 0.10, 0.15, 0.35])
    speed = np.array([9.0, 6.0, 0.0, 4.0, 5.0, 7.5, 10.0, 11.0])
    wind = rose_map.wind_map(share[None], speed[None], np.array([0.04]))
    nodes = len(rose_map.NODES)
    assert wind.shape == (nodes * nodes, 1, 2)
    # Everything is a function of two uniform numbers: a fine lattice of them is the whole distribution.
    uniform = (np.arange(400) + 0.5) / 400
    z = latent.ndtri(uniform)
    table = wind.reshape(nodes, nodes, 2)
    i, w = rose_wind._node(z)
    w = w[:, None, None]
    rows = table[i] * (1 - w) + table[i + 1] * w
    w = w[:, 0]
    sample = (rows[:, i] * (1 - w) + rows[:, i + 1] * w).reshape(-1, 2)
    assert np.bincount(octants(sample), minlength=8) / len(sample) == pytest.approx(share, abs=0.012)
    for octant in (0, 5, 6, 7):
        inside = np.hypot(*sample[octants(sample) == octant].T)
        assert inside.mean() == pytest.approx(speed[octant], rel=0.04)
    assert (np.hypot(*sample.T) >= GALE_M_S).mean() == pytest.approx(0.04, rel=0.15)
    # u does not decrease with a, nor v with b: no wrap-around, hence no lost memory.
    assert (np.diff(table[:, 0, 0]) >= 0).all()
    assert (np.diff(table[..., 1], axis=1) >= 0).all()


def test_the_weather_is_standard_normal_with_the_memory_of_its_filters():
    fast, slow, winter, autumn = latent._filters(6.0)
    assert (fast**2).sum() + (slow**2).sum() == pytest.approx(1.0)
    assert [(winter**2).sum(), (autumn**2).sum()] == pytest.approx([1.0, 1.0])
    weather = latent.Weather(members=400, seed=5, step_hours=6.0)
    a, b = (np.array(part) for part in zip(*(weather.at(k, 0.3) for k in range(1000, 1240)), strict=True))
    for part in (a, b):
        assert abs(part.mean()) < 0.03
        assert part.std() == pytest.approx(1.0, abs=0.03)
    assert abs((a * b).mean()) < 0.03
    for lag in (1, 2, 4, 8):
        expected = sum((w[lag:] * w[:-lag]).sum() for w in (fast, slow))
        assert (a[lag:] * a[:-lag]).mean() == pytest.approx(expected, abs=0.04)


# --------------------------------------------------------------------------------------------- the source and its grid


def test_levels_stand_on_multiples_of_six_hours_and_cover_the_period():
    wind = RoseWind(load_roses(), BOX, (epoch("2017-10-01T01:00:00"), epoch("2017-10-02T13:00:00")), 3, seed=9)
    assert wind.times[0] == epoch("2017-10-01T00:00:00")
    assert wind.times[-1] == epoch("2017-10-02T18:00:00")
    assert np.diff(wind.times).tolist() == [21600.0] * 7
    assert wind.covers == (wind.times[0], wind.times[-1])
    level = wind.level(3)
    assert level.shape == (3, len(wind.lat), len(wind.lon), 2)
    assert level.dtype == np.float32
    assert level.flags.c_contiguous
    assert np.isfinite(level).all()
    assert (wind.kind, wind.members, wind.wet, wind.filled, wind.valid) == ("wind", 3, None, None, None)
    for key in ("product", "title", "credit", "kind_of_record", "note", "files"):
        assert wind.info[key]
    assert wind.info["kind_of_record"] == "climatology"
    assert len(wind.info["files"][0]["sha256"]) == 64
    with pytest.raises(IndexError):
        wind.level(len(wind.times))
    with pytest.raises(IndexError):
        wind.level(-1)


def test_a_point_without_a_rose_holds_the_nearest():
    wind = RoseWind(load_roses(), (127.0, 143.5, 33.0, 49.0), (0.0, 21600.0), 4)
    assert wind.lon.tolist() == [126, 128, 130, 132, 134, 136, 138, 140, 142, 144]
    assert wind.lat.tolist() == [32, 34, 36, 38, 40, 42, 44, 46, 48, 50]
    level = wind.level(0)
    at = {(int(x), int(y)): (j, i) for j, y in enumerate(wind.lat) for i, x in enumerate(wind.lon)}
    assert wind.on_rose.sum() == 33
    assert wind.on_rose[at[134, 40]]
    assert not wind.on_rose[at[140, 38]]
    assert np.array_equal(level[:, *at[128, 32]], level[:, *at[128, 34]])  # south of the southernmost
    assert np.array_equal(level[:, *at[140, 38]], level[:, *at[138, 38]])  # 2 degrees west is nearer than 2 north
    assert np.array_equal(level[:, *at[144, 48]], level[:, *at[142, 48]])
    assert not np.array_equal(level[:, *at[130, 36]], level[:, *at[132, 36]])


def test_a_box_on_another_branch_of_longitude_has_the_same_wind():
    east = RoseWind(load_roses(), BOX, (0.0, 21600.0), 3).level(1)
    west = RoseWind(load_roses(), (BOX[0] - 360, BOX[1] - 360, *BOX[2:]), (0.0, 21600.0), 3)
    assert west.lon[0] == BOX[0] - 360
    assert np.array_equal(west.level(1), east)


def test_one_weather_over_the_whole_basin():
    # Ranks of u over the members are the same at every point.
    level = RoseWind(load_roses(), BOX, (epoch("2018-01-10"), epoch("2018-01-11")), 60).level(2)
    order = np.argsort(level[:, 2, 1, 0])
    assert (np.diff(level[order, :, :, 0], axis=0) >= 0).all()


def test_the_scale_is_a_factor():
    plain, scaled = (RoseWind(load_roses(), BOX, (0.0, 21600.0), 3, scale=s).level(0) for s in (1.0, 0.8))
    assert scaled == pytest.approx(0.8 * plain, rel=1e-5, abs=1e-5)


# ----------------------------------------------------------------------------------------------------- reproducibility


def test_a_level_follows_from_seed_member_and_time_alone():
    period = (epoch("2017-10-01"), epoch("2018-01-31"))
    wind = RoseWind(load_roses(), BOX, period, 20, seed=7)
    wanted = (0, 63, 64, 300, 301, 440)
    straight = {k: wind.level(k) for k in wanted}
    for k in reversed(wanted):  # any order, with the cache in another state
        assert np.array_equal(wind.level(k), straight[k])
    # Fewer members: the first of them. Another start of the run: the same weather at the same moment.
    few = RoseWind(load_roses(), BOX, (epoch("2017-11-20"), epoch("2018-01-20")), 7, seed=7)
    shift = round((few.times[0] - wind.times[0]) / 21600)
    for k in (301, 440):
        assert np.array_equal(few.level(k - shift), straight[k][:7])
    # A smaller box: the same wind where both have a rose.
    small = RoseWind(load_roses(), (132.0, 136.0, 38.0, 42.0), period, 20, seed=7)
    assert small.level(300)[:, 0, 0] == pytest.approx(straight[300][:, 2, 2], abs=1e-5)


def test_seeds_and_members_differ():
    period = (epoch("2017-10-01"), epoch("2017-10-02"))
    one, two, big = (RoseWind(load_roses(), BOX, period, 300, seed=s).level(0)[:, 2, 2] for s in (1, 2, 2**63 + 1))
    assert abs(np.corrcoef(one[:, 0], two[:, 0])[0, 1]) < 0.2
    assert abs(np.corrcoef(one[:, 0], big[:, 0])[0, 1]) < 0.2
    assert abs(np.corrcoef(one[:-1, 0], one[1:, 0])[0, 1]) < 0.2


def test_the_numbers_are_those_of_the_documented_stream():
    weather = latent.Weather(members=5, seed=11, step_hours=6.0)
    raw = np.random.Philox(
        key=np.array([11, latent._STREAM], np.uint64), counter=np.array([0, 1090, 0, 0], np.uint64)
    ).random_raw(5 * 64 * 4)
    member, inside, part = 3, 17, 2
    bits = int(raw[(member * 64 + inside) * 4 + part])
    assert weather._draw(1090)[part, member, inside] == latent.ndtri(((bits >> 11) + 0.5) / 2**53)


# --------------------------------------------------------------------------------------------- the roses are given back


@dataclass
class Sample:
    """Wind of a year at the roses (time, member, rose, 2) and at the buoy (time, member, 2), with the month of each."""

    roses: Roses
    wind: np.ndarray
    buoy: np.ndarray
    month: np.ndarray


def draw(members: int, seed: int, start: str = "2017-03-01", end: str = "2018-03-01") -> Sample:
    roses = load_roses()
    wind = RoseWind(roses, BOX, (epoch(start), epoch(end)), members, seed=seed)
    j = np.searchsorted(wind.lat, roses.lat)
    i = np.searchsorted(wind.lon, roses.lon)
    x, y = int((ULSAN[0] - wind.lon[0]) // 2), int((ULSAN[1] - wind.lat[0]) // 2)
    wx, wy = (ULSAN[0] - wind.lon[x]) / 2, (ULSAN[1] - wind.lat[y]) / 2
    count = len(wind.times) - 1
    at_roses = np.empty((count, members, len(roses.lon), 2), np.float32)
    buoy = np.empty((count, members, 2))
    for k in range(count):
        level = wind.level(k)
        at_roses[k] = level[:, j, i]
        south, north = ((1 - wx) * level[:, row, x] + wx * level[:, row, x + 1] for row in (y, y + 1))
        buoy[k] = (1 - wy) * south + wy * north
    month = wind.times[:count].astype("datetime64[s]").astype("datetime64[M]").astype(int) % 12
    return Sample(roses, at_roses, buoy, month)


@pytest.fixture(scope="module")
def few() -> Sample:
    return draw(40, seed=20)


@pytest.fixture(scope="module")
def many() -> Sample:
    return draw(400, seed=1)


def check_roses(sample: Sample, vector_m_s: float, shares: float, errors: float) -> None:
    """Every rose and month: mean vector and shares within a bound or so many standard errors, whichever is greater."""
    expected = sample.roses.mean_vector
    for month in range(12):
        wind = sample.wind[sample.month == month].astype(np.float64)
        members = wind.shape[1]
        season = wind.mean(axis=0)
        bound = np.maximum(vector_m_s, errors * season.std(axis=0) / np.sqrt(members))
        assert (np.abs(season.mean(axis=0) - expected[month]) <= bound).all(), f"mean vector, month {month + 1}"
        octant = octants(wind)
        for k in range(8):
            season = (octant == k).mean(axis=0)
            bound = np.maximum(shares, errors * season.std(axis=0) / np.sqrt(members))
            short = np.abs(season.mean(axis=0) - sample.roses.share[month, :, k]) - bound
            assert (short <= 0).all(), f"share of {DIRECTIONS[k]}, month {month + 1}: {short.max():.3f} beyond"


def check_gales(sample: Sample, factor: float, errors: float) -> None:
    """Where the atlas knows the share of gales (it counts whole percents), within a factor or standard errors."""
    for month in range(12):
        season = (np.hypot(*np.moveaxis(sample.wind[sample.month == month], -1, 0)) >= GALE_M_S).mean(axis=0)
        gale, table = season.mean(axis=0), sample.roses.gale[month]
        slack = errors * season.std(axis=0) / np.sqrt(season.shape[0])
        known = table >= 0.005
        assert (gale[known] - slack[known] <= factor * table[known]).all(), f"too many gales in month {month + 1}"
        assert (gale[known] + slack[known] >= table[known] / factor).all(), f"too few gales in month {month + 1}"
        assert (gale[~known] <= 0.01 + slack[~known]).all(), f"gales that are not in the table, month {month + 1}"


def autocorrelation(series: list[np.ndarray], lag: int) -> float:
    mean = np.concatenate(series).mean()
    series = [part - mean for part in series]
    return float(np.concatenate([p[lag:] * p[:-lag] for p in series]).mean() / np.concatenate(series).var())


def check_memory(sample: Sample, tolerance: float) -> None:
    seasons = {"autumn": [(8, 9)], "winter": [(10, 11, 0, 1)]}
    for (season, component), expected in BUOY.items():
        series = [sample.buoy[np.isin(sample.month, part)][..., component] for part in seasons[season]]
        got = [autocorrelation(series, hours // 6) for hours in LAGS_HOURS]
        assert got == pytest.approx(expected, abs=tolerance), f"{season}, {'uv'[component]}"


def check_seasons(sample: Sample, slack: float) -> None:
    """Standard deviation between years of the monthly means in winter: 1.2-2.0 (u) and 0.5-1.0 (v) m/s."""
    for month in (10, 11, 0, 1):
        u, v = sample.buoy[sample.month == month].mean(axis=0).std(axis=0, ddof=1)
        assert 1.2 - slack <= u <= 2.0 + slack, f"u, month {month + 1}"
        assert 0.5 - slack <= v <= 1.0 + slack, f"v, month {month + 1}"


def test_roses_are_given_back(few: Sample):
    check_roses(few, vector_m_s=0.4, shares=0.05, errors=4.0)
    check_gales(few, factor=1.5, errors=4.0)


def test_memory_and_seasons_at_the_buoy(few: Sample):
    check_memory(few, tolerance=0.1)
    check_seasons(few, slack=0.4)  # the standard deviation of 40 values is known to 11 %


def test_speeds_vary_within_an_octant(few: Sample):
    winter = few.buoy[np.isin(few.month, (10, 11, 0, 1))]
    speed, octant = np.hypot(*np.moveaxis(winter, -1, 0)), octants(winter)
    for k in range(8):
        inside = speed[octant == k]
        assert 0.4 < inside.std() / inside.mean() < 0.7, DIRECTIONS[k]


@pytest.mark.long
def test_roses_are_given_back_over_400_seasons(many: Sample):
    check_roses(many, vector_m_s=0.4, shares=0.05, errors=0.0)
    check_gales(many, factor=1.5, errors=0.0)


@pytest.mark.long
def test_memory_and_seasons_at_the_buoy_over_400_seasons(many: Sample):
    check_memory(many, tolerance=0.1)
    check_seasons(many, slack=0.0)


# ----------------------------------------------------------------------------------------------------------- bad input


@pytest.fixture
def table() -> list[dict[str, str]]:
    with resources.data("areas/sea_of_japan/wind_roses_2deg.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, str]], drop: str = "") -> Path:
    names = [name for name in rows[0] if name != drop]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_shipped_table_reads():
    roses = load_roses()
    assert len(roses.lon) == 33
    assert roses.spacing_deg == 2.0
    assert roses.share.sum(axis=2) == pytest.approx(np.ones((12, 33)))
    place = int(np.flatnonzero((roses.lon == 138) & (roses.lat == 40))[0])
    # February at 40 N 138 E: 48.5 % from the north-west at 10.13 m/s.
    assert roses.share[1, place, 7] == pytest.approx(0.485, abs=1e-3)
    assert roses.speed[1, place, 7] == 10.13
    assert roses.gale[1, place] == pytest.approx(0.031)
    # 40 N 128 E has October only; its other months are those of the nearest point, 130 E.
    lone = int(np.flatnonzero((roses.lon == 128) & (roses.lat == 40))[0])
    neighbour = int(np.flatnonzero((roses.lon == 130) & (roses.lat == 40))[0])
    assert np.flatnonzero(~roses.filled[:, lone]).tolist() == [9]
    assert np.array_equal(roses.share[0, lone], roses.share[0, neighbour])
    assert not np.array_equal(roses.share[9, lone], roses.share[9, neighbour])
    assert roses.filled.sum() == 11


def test_dropped_shares_are_made_up_in_proportion(tmp_path, table):
    for name in DIRECTIONS:
        table[0][f"share_{name}"] = "0.12"
        table[0][f"speed_{name}_m_s"] = "7.7"
    roses = load_roses(write(tmp_path / "roses.csv", table))
    place = int(np.flatnonzero((roses.lon == 128) & (roses.lat == 34))[0])
    assert roses.share[0, place] == pytest.approx([0.125] * 8)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("share_N", "0.9", "line 5.*add up to 1"),
        ("share_N", "1.7", "line 5.*between 0 and 1"),
        ("share_N", "-0.1", "line 5.*between 0 and 1"),
        ("share_NW", "many", "line 5.*share_NW is 'many', not a number"),
        ("speed_NW_m_s", "0", "line 5.*speeds"),
        ("speed_NW_m_s", "912", "line 5.*speeds"),
        ("speed_N_m_s", "nan", "line 5.*not a number"),
        ("month", "13", "line 5.*month must be 1 to 12"),
        ("lat", "134", "line 5.*lat must be"),
        ("gale_pct", "101", "line 5.*0 to 100"),
        ("lon", "", "line 5.*lon is ''"),
        ("lon", "132.3", "regular lattice"),
    ],
)
def test_a_bad_value_is_named(tmp_path, table, column, value, message):
    table[3][column] = value
    path = write(tmp_path / "roses.csv", table)
    with pytest.raises(InputError, match=message):
        load_roses(path)


def test_bad_tables(tmp_path, table):
    with pytest.raises(InputError, match=r"missing column\(s\) speed_SE_m_s"):
        load_roses(write(tmp_path / "roses.csv", table, drop="speed_SE_m_s"))
    with pytest.raises(InputError, match=r"no_such\.csv: cannot read"):
        load_roses(tmp_path / "no_such.csv")
    with pytest.raises(InputError, match=r"line 387.*stands twice"):
        load_roses(write(tmp_path / "roses.csv", [*table, table[40]]))
    with pytest.raises(InputError, match="no rose at all for month 7"):
        load_roses(write(tmp_path / "roses.csv", [row for row in table if row["month"] != "7"]))
    (tmp_path / "empty.csv").write_text(",".join(table[0]) + "\n")
    with pytest.raises(InputError, match="only its header"):
        load_roses(tmp_path / "empty.csv")
    (tmp_path / "binary.csv").write_bytes(b"\x89HDF\xff\xfe\x00")
    with pytest.raises(InputError, match=r"binary\.csv"):
        load_roses(tmp_path / "binary.csv")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"members": 0}, "members is 0"),
        ({"step_hours": 5.0}, "does not divide a day"),
        ({"step_hours": 0.0}, "does not divide a day"),
        ({"step_hours": float("nan")}, "does not divide a day"),
        ({"box": (10.0, 20.0, 40.0, 50.0)}, "no rose within 2 degrees of the box"),
        ({"box": (140.0, 130.0, 40.0, 50.0)}, "west < east"),
        ({"period": (21600.0, 0.0)}, "period"),
        ({"period": (float("nan"), 0.0)}, "period"),
        ({"scale": float("nan")}, "scale"),
    ],
)
def test_a_bad_request_is_refused(change, message):
    arguments = {"box": BOX, "period": (0.0, 86400.0), "members": 2} | change
    with pytest.raises(InputError, match=message):
        RoseWind(load_roses(), **arguments)
