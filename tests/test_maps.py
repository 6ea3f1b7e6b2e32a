"""The landing map: what it says, what it measures, and that nothing on it collides."""

from __future__ import annotations

import json
import re
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

from driftsim.area import shoreline
from driftsim.figures import maps
from driftsim.figures.maps.frame import fit, scale_bar_km, spread
from driftsim.figures.maps.landing import LandingSheet
from driftsim.figures.maps.outline import source_outline
from driftsim.figures.maps.ribbon import (
    RIBBON_MM,
    SINGLE_KM,
    chains_of,
    class_of,
    density_classes,
    ribbon_width_mm,
    smoothed_density,
)
from driftsim.figures.maps.style import PAGE, look
from driftsim.figures.palette import LIGHT
from driftsim.results import output, result
from driftsim.system.errors import InputError
from driftsim.words import words_of

sys.path.insert(0, str(Path(__file__).parent))
import synthetic

NAMES = ("Akita", "Aomori", "Fukui", "Noto")
NOT_A_CLIMATOLOGY = {"kind_of_record": "reanalysis", "credit": "made up", "title": "made up"}


def made_up(
    boats: int = 6000, members: int = 60, *, landings: bool = True, record: str = "climatology"
) -> result.Result:
    """A made-up run whose landings lie on the real coast lines."""
    run = synthetic.make_result(boats, members, seed=3, tracks=5)
    arrivals, coast = run.arrivals, shoreline.load()
    if landings:
        ashore = arrivals["outcome"].values == 1
        spot = [
            np.where(ashore, arrivals[name].values, 138.0 - 98.0 * k)
            for k, name in enumerate(("landing_lon", "landing_lat"))
        ]
        line, km = coast.project(*spot, arrivals["stretch"].values)
    else:
        line, km = np.full(boats, -1, np.int16), np.full(boats, np.nan, np.float32)
        arrivals["outcome"][:] = 0
        arrivals["stretch"][:] = -1
        arrivals["exit"][:] = -1
        for name in ("landing_lon", "landing_lat", "landing_time", "age_days", "sink_time"):
            arrivals[name][:] = np.nan
    arrivals["coast_line"][:], arrivals["coast_km"][:] = line, km
    for kind, notes in run.info["forcing"].items():
        run.info["forcing"][kind] = {**notes, "kind_of_record": record, "credit": f"{kind} from nowhere"}
    return run


@pytest.fixture(scope="module")
def run() -> result.Result:
    return made_up()


@pytest.fixture(scope="module")
def map_data(run: result.Result) -> maps.MapData:
    return maps.read_map_data(run)


@pytest.fixture(scope="module")
def figure(map_data: maps.MapData):
    return maps.landing_figure(map_data)


def texts(figure) -> list:
    return [text for axes in figure.axes for text in axes.texts]


def words(figure) -> str:
    return "\n".join(text.get_text() for text in texts(figure))


def named(figure, start: str) -> dict[str, object]:
    """Artists by their gid."""
    found = [artist for axes in figure.axes for artist in (*axes.patches, *axes.collections, *axes.texts)]
    return {artist.get_gid(): artist for artist in found if (artist.get_gid() or "").startswith(start)}


# --- the file


def test_folder_gives_a_picture_with_equal_bytes(tmp_path: Path, run: result.Result) -> None:
    output.write_run(tmp_path / "run", run, shoreline.load())
    first = maps.landing_map(tmp_path / "run")
    assert first == tmp_path / "run" / "landing_map.png"
    again = maps.landing_map(tmp_path / "run", tmp_path / "again.png")
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = np.frombuffer(first.read_bytes()[16:24], ">u4")
    assert width == pytest.approx(170 / 25.4 * 200, abs=2)
    assert 1000 < height < 2000
    assert not re.search(rb"tEXtSoftware|tIME|Creation", first.read_bytes())
    assert list(tmp_path.glob("**/*.part")) == []


def test_users_own_style_does_not_leak(tmp_path: Path, map_data: maps.MapData) -> None:
    import matplotlib

    plain = maps.landing_map(map_data, tmp_path / "plain.png", dpi=60).read_bytes()
    with matplotlib.rc_context(
        {"axes.facecolor": "black", "font.size": 30.0, "savefig.bbox": "tight", "lines.linewidth": 9.0}
    ):
        styled = maps.landing_map(map_data, tmp_path / "styled.png", dpi=60).read_bytes()
    assert plain == styled


def test_pyplot_keeps_no_figure(figure) -> None:
    if "matplotlib.pyplot" in sys.modules:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []


def test_bad_input(tmp_path: Path, map_data: maps.MapData) -> None:
    with pytest.raises(InputError, match="no such folder"):
        maps.landing_map(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"holds no complete run \(no driftsim\.json"):
        maps.landing_map(tmp_path)
    with pytest.raises(InputError, match="'xx'"):
        maps.landing_figure(map_data, lang="xx")
    with pytest.raises(InputError, match="out="):
        maps.landing_map(map_data)
    with pytest.raises(InputError, match="dpi = 5"):
        maps.landing_map(map_data, tmp_path / "a.png", dpi=5)


def test_folder_without_arrivals(tmp_path: Path, run: result.Result) -> None:
    output.write_run(tmp_path, run, shoreline.load(), overwrite=True)
    (tmp_path / "arrivals.nc").unlink()
    with pytest.raises(InputError, match=r"arrivals\.nc"):
        maps.landing_map(tmp_path)
    assert not (tmp_path / "landing_map.png").exists()


# --- what it says


def test_regions_lead_with_share_and_season(figure, run: result.Result) -> None:
    labels = named(figure, "label-")
    assert {label.get_text().split()[0] for label in labels.values()} == set(NAMES)
    of = run.summary["regions"]["akita"]
    low, high = (maps.percent(of[f"share_season_{end}"]).removesuffix(" %") for end in ("low", "high"))
    assert labels["label-akita"].get_text() == f"Akita {maps.percent(of['share_of_home'])} ({low}–{high})"
    assert f"probability {maps.percent(of['probability'])}" in words(figure)
    assert "nine seasons of weather in ten" in words(figure)


def test_caveats_credits_and_size(figure, map_data: maps.MapData) -> None:
    said = re.sub(r"\s+", " ", words(figure))
    for part in (
        "hold for the stated sources and rate of sinking",
        "the choice of source, boat and current is not in them",
        "6,000 boats, 60 members, seed 3, driftsim",
        "wind from nowhere",
        "GSHHG",
        "Yamato Bank",
        "Sources: ",
        "Sea of Japan",
    ):
        assert part in said


def test_percent() -> None:
    cases = {
        0.187: "19 %",
        0.0949: "9 %",
        0.0042: "0.4 %",
        0.0003: "<0.1 %",
        0.0: "0 %",
        float("nan"): "–",
        0.0096: "1 %",
    }
    assert {value: maps.percent(value) for value in cases} == cases
    assert maps.interval_words(0.08, 0.33) == "(8–33)"
    assert maps.interval_words(float("nan"), 0.33) == ""


def test_year_of_a_climatology_is_not_printed(run: result.Result) -> None:
    map_data = maps.read_map_data(run)
    titled = replace(map_data, summary={**map_data.summary, "title": "Autumn 2017"})
    said = words(maps.landing_figure(titled))
    assert "2017" not in said
    assert "climatology" in said
    assert "1 October" in said.replace("\u00a0", " ")


def test_year_of_a_hindcast_is_printed() -> None:
    map_data = maps.read_map_data(made_up(record="reanalysis"))
    real = replace(map_data, summary={**map_data.summary, "title": "Autumn 2017"})
    assert "Autumn 2017" in words(maps.landing_figure(real))
    assert "Hindcast with wind and current of the period" in " ".join(maps.headlines(real, words_of("en"))[1])


def test_a_record_beside_a_climatology_is_no_hindcast(map_data: maps.MapData) -> None:
    mixed = replace(map_data, kinds={"current": "analysis", "wind": "climatology"})
    _, body = maps.headlines(mixed, words_of("en"))
    assert "Current of the period, the rest from a climatology: not a hindcast" in " ".join(body)
    unknown = replace(map_data, kinds={"current": "", "wind": ""}, summary={**map_data.summary, "title": "Winter 2017"})
    assert "2017" not in str(maps.headlines(unknown, words_of("en")))
    aside = replace(map_data, summary={**map_data.summary, "title": "Typical autumn (climatology, not 2017)"})
    assert maps.headlines(aside, words_of("en"))[0] == ["Typical autumn"]


@pytest.mark.parametrize(
    ("kinds", "dates", "wanted"),
    [
        (
            {"current": "steady", "wind": "analysis"},
            {"current": "2019-02-23"},
            "Wind of the period over a steady current of 2019-02-23: not a hindcast.",
        ),
        (
            {"current": "steady", "wind": "climatology"},
            {"current": "2019-02-23"},
            "Wind from a climatology over a steady current of 2019-02-23: not a hindcast.",
        ),
        ({"current": "steady"}, {"current": ""}, "A steady current: not a hindcast."),
        (
            {"current": "steady", "stokes": "climatology", "wind": "reanalysis"},
            {"current": "2019-02-23"},
            "Wind of the period over a steady current of 2019-02-23, the rest from a climatology: not a hindcast.",
        ),
        ({"current": "analysis", "wind": ""}, {}, "Current of the period, the rest of no stated record: not a"),
    ],
)
def test_steady_fields_are_named_with_their_date(
    map_data: maps.MapData, kinds: dict[str, str], dates: dict[str, str], wanted: str
) -> None:
    of = replace(map_data, kinds=kinds, steady=dates)
    _, body = maps.headlines(of, words_of("en"))
    assert " ".join(body).startswith(wanted)
    assert ("2017" in " ".join(body)) == bool(set(kinds.values()) & {"analysis", "reanalysis"})
    if len(kinds) == 3:  # the most words
        check_layout(maps.landing_figure(of))


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Two days of November 2016: GFS winds", "Two days of November: GFS winds"),
        ("January 2021 on GLO12 currents, winds drawn", "January on GLO12 currents, winds drawn"),
        ("Winter of 2017/18", "Winter"),
        ("From October 2017 to March 2018", "From October to March"),
        ("2017: a bad autumn", "A bad autumn"),
        ("Boats lost between 2016 and 2018", ""),
        ("Lost on 2017-11-03 off Sinpo", ""),
        ("Not 2017", ""),
        ("2017", ""),
        ("Hindcast of the autumn", ""),
        ("40 boats, 200 seasons", "40 boats, 200 seasons"),
    ],
)
def test_years_are_taken_off_the_title_of_what_is_no_hindcast(map_data: maps.MapData, title: str, kept: str) -> None:
    words = words_of("en")
    for kinds in ({"current": "steady", "wind": "analysis"}, {"current": "climatology", "wind": "climatology"}):
        of = replace(map_data, kinds=kinds, summary={**map_data.summary, "title": title})
        assert maps.headlines(of, words)[0] == [kept or words["heading"]]


def test_a_hindcast_names_no_year_but_its_own(map_data: maps.MapData) -> None:
    real = replace(map_data, kinds={"current": "reanalysis", "wind": "reanalysis"})
    for title, kept in (("Winter 2017/18", "Winter 2017/18"), ("The storms of 1981", "The storms")):
        of = replace(real, summary={**map_data.summary, "title": title})
        assert maps.headlines(of, words_of("en"))[0] == [kept]


@pytest.mark.parametrize(
    ("lang", "ends", "wrong"),
    [
        ("en", "when the period begins", ("Landings", "set adrift", "ashore", "probability", "Noto", "released")),
        ("ja", "期間の始まりに海上", ("漂着", "能登", "確率")),
        pytest.param("ko", "기간의 시작에 해상", ("표착 ", "노토", "확률"), marks=pytest.mark.long),
    ],
)
def test_a_backward_run_shows_where_boats_may_have_been(lang: str, ends: str, wrong: tuple[str, ...]) -> None:
    back = made_up(600, 20)
    back.arrivals.attrs["direction"] = "backward"
    said = re.sub(r"\s+", " ", words(maps.figure_of(back, lang=lang)))
    assert words_of(lang)["backward"]["figures_density"] in said
    assert ends in said
    if lang == "en":
        assert "no forecast of arrivals" in said
        assert "Paths traced back in time" in said
    said = said.replace(words_of(lang)["backward"]["caveat"], "")
    for word in wrong:
        assert word not in said, word
    with pytest.raises(InputError, match="backward in time has no arrivals"):
        maps.landing_figure(back)


def test_a_backward_run_is_known_from_its_folder(tmp_path: Path) -> None:
    back = made_up(600, 20)
    back.arrivals.attrs["direction"] = "backward"
    output.write_run(tmp_path / "back", back, shoreline.load())
    assert maps.read_map_data(tmp_path / "back").backward
    assert not maps.read_map_data(made_up(600, 20)).backward


def test_sea_name_is_a_setting(map_data: maps.MapData) -> None:
    assert "East Sea" in words(maps.landing_figure(map_data, sea_name="East Sea"))
    assert "Sea of Japan" not in [t.get_text() for t in texts(maps.landing_figure(map_data, sea_name=""))]


# --- what it measures


def test_scale_bar_against_geodesics(figure, map_data: maps.MapData) -> None:
    bars = named(figure, "scale-bar-")
    frame = fit(map_data.domain, bottom=0.0)
    first, last = bars["scale-bar-0"], bars["scale-bar-1"]
    lon, _ = frame.lonlat(np.array([first.get_x(), last.get_x() + last.get_width()]), np.zeros(2))
    _, _, metres = Geod(ellps="WGS84").inv(lon[0], frame.middle, lon[1], frame.middle)
    assert metres == pytest.approx(1000.0 * scale_bar_km(frame), rel=1e-3)
    assert f"{scale_bar_km(frame):g}" in [text.get_text() for text in texts(figure)]


@pytest.mark.parametrize(
    "domain",
    [(127.0, 143.0, 33.0, 48.0), (134.0, 141.0, 36.5, 41.5), (125.0, 145.0, 30.0, 53.0), (130.0, 131.0, 34.0, 46.0)],
)
def test_frame_has_equal_scales_and_holds_the_domain(domain: tuple[float, float, float, float]) -> None:
    frame = fit(domain, bottom=0.0)
    geod = Geod(ellps="WGS84")
    _, _, east = geod.inv(frame.west, frame.middle, frame.west + 0.1, frame.middle)
    _, _, north = geod.inv(frame.west, frame.middle - 0.05, frame.west, frame.middle + 0.05)
    x, y = frame.width / (frame.east - frame.west) * 0.1, frame.height / (frame.north - frame.south) * 0.1
    assert x / east == pytest.approx(y / north, rel=1e-4)
    assert frame.mm_per_km == pytest.approx(1000.0 * x / east, rel=1e-4)
    assert frame.west <= domain[0] < domain[1] <= frame.east and frame.south <= domain[2] < domain[3] <= frame.north
    assert PAGE.map_height[0] - 1 <= frame.height <= PAGE.map_height[1] + 1


def test_classes_are_round_and_hold_the_high_end() -> None:
    density = np.array([0.0, 0.013, 0.4, 1.7, 0.9, 1.1])
    classes = density_classes(density)
    assert classes == (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
    assert density_classes(1e-5 * density) == pytest.approx(tuple(1e-5 * c for c in classes))
    assert density_classes(np.zeros(4)) == ()


def test_a_handful_of_landings_is_no_flood() -> None:
    """Seven of 5000 boats on 30 km: the lowest class is one boat on 25 km, and they reach no more than the fourth."""
    density = np.append(np.zeros(300), np.full(6, 7 / 30 * 1000 / 5000))
    least = 1000 / (SINGLE_KM * 5000)
    classes = density_classes(density, None, least)
    assert classes == (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
    assert class_of(density, classes).max() == 2
    assert ribbon_width_mm(density, classes).max() < 0.15 * RIBBON_MM
    assert density_classes(density)[-1] == 0.05
    assert density_classes(10.0 * density, None, 0.01)[0] == 0.01  # at the bound itself
    assert density_classes(100.0 * density, None, 0.01) == density_classes(100.0 * density)


def test_few_landings_are_counted(figure) -> None:
    few = made_up(80, 20)
    arrivals = few.arrivals
    drop = np.flatnonzero(arrivals["outcome"].values == 1)[7:]
    arrivals["outcome"][drop], arrivals["stretch"][drop], arrivals["coast_line"][drop] = 0, -1, -1
    of_few = maps.landing_figure(few)
    assert "7 landings in all" in words(of_few)
    assert LandingSheet(maps.read_map_data(few), look(sea_name="none")).classes[0] == 0.5  # 1 of 80 on 25 km
    check_layout(of_few)
    assert "landings in all" not in words(figure)


def test_one_dense_cape_does_not_set_the_scale() -> None:
    density = np.append(np.full(300, 0.8), 31.0)
    width = np.append(np.full(300, 5.0), 0.4)
    assert density_classes(density, width)[-1] == 1.0


def test_ribbon_colour_and_width_rise_with_density(map_data: maps.MapData) -> None:
    ribbon = map_data.ribbon
    classes = density_classes(ribbon.density, ribbon.width_km)
    density = np.linspace(0.0, 1.5 * classes[-1], 400)
    assert (np.diff(class_of(density, classes)) >= 0).all()
    assert set(class_of(density, classes)) == set(range(6))
    assert (np.diff(ribbon_width_mm(density, classes)) >= 0).all()
    assert ribbon_width_mm(np.array([0.0, classes[-1]]), classes) == pytest.approx([0.0, RIBBON_MM])
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (bytes.fromhex(c[1:]) for c in LIGHT.ramp)]
    assert (np.diff(light) < -15).all()  # in grey too, every step is darker


def test_ribbon_on_the_figure(figure, map_data: maps.MapData) -> None:
    """Each quadrilateral is drawn in the colour of its bin's density, densest last."""
    from matplotlib.colors import to_rgb

    classes = density_classes(map_data.ribbon.density, map_data.ribbon.width_km)
    drawn = named(figure, "ribbon")["ribbon"]
    ramp = np.array([to_rgb(color) for color in LIGHT.ramp])
    index = [int(np.argmin(np.abs(ramp - color[:3]).sum(axis=1))) for color in drawn.get_facecolors()]
    assert (np.diff(index) >= 0).all()
    shown = map_data.ribbon.density > classes[0] / 20.0
    assert 0.9 * shown.sum() < len(index) <= shown.sum()


def test_ribbon_lies_at_sea(map_data: maps.MapData) -> None:
    """The outer edge of the wide parts is on the water: on the left of lines that have land on their right."""
    frame = fit(map_data.domain, bottom=0.0)
    for chain in chains_of(frame, map_data.ribbon):
        if chain.rows.size < 60:
            continue
        tips = chain.xy + 15.0 * frame.mm_per_km * chain.normal
        lon, lat = frame.lonlat(tips[:, 0], tips[:, 1])
        inside = (lon > 125) & (lon < 145) & (lat > 30) & (lat < 53)
        assert shoreline.load().is_land(lon[inside], lat[inside]).mean() < 0.35


def test_smoothing_keeps_boats_and_makes_no_spike_of_a_short_bin() -> None:
    km, width = np.append(np.arange(40) * 5.0 + 2.5, 200.1), np.append(np.full(40, 5.0), 0.2)
    boats = np.zeros(41)
    boats[[7, 31]] = 120.0, 44.0
    boats[40] = 3.0
    density = smoothed_density(np.zeros(41), km, width, boats)
    assert (density * width).sum() == pytest.approx(boats.sum(), rel=0.05)
    assert density[40] < 3.0 / 0.2 / 10.0
    assert density.argmax() == 7


def test_density_is_boats_per_km_per_thousand(run: result.Result, map_data: maps.MapData) -> None:
    landed = (run.arrivals["coast_line"].values >= 0).sum()
    ribbon = map_data.ribbon
    total = (ribbon.density * ribbon.width_km).sum()
    assert total == pytest.approx(1000.0 * landed / run.arrivals.sizes["boat"], rel=0.03)


def test_source_outlines() -> None:
    rng = np.random.default_rng(5)
    frame = fit((127.0, 143.0, 33.0, 48.0), bottom=0.0)
    box = source_outline(rng.uniform(131.0, 136.0, 900), rng.uniform(38.0, 40.0, 900), frame)
    wanted = float((frame.x(136.0) - frame.x(131.0)) * (frame.y(40.0) - frame.y(38.0)))
    assert box.area == pytest.approx(wanted, rel=0.05)
    turn = rng.uniform(0.0, np.pi, 900)  # half a ring, as off a port: the hollow side stays open
    bow = source_outline(133.0 + 3.0 * np.cos(turn), 38.0 + 2.0 * np.sin(turn) * rng.uniform(0.9, 1.0, 900), frame)
    assert bow.area < 0.5 * bow.convex_hull.area
    for many in (1, 2, 3):
        assert source_outline(np.linspace(131.0, 132.0, many), np.linspace(40.0, 41.0, many), frame).area > 0.0


# --- nothing collides


def check_layout(figure) -> None:
    figure.canvas.draw()
    whole = figure.bbox
    boxes = {}
    for text in texts(figure):
        box = text.get_window_extent()
        assert box.x0 >= -0.5 and box.y0 >= -0.5 and box.x1 <= whole.x1 + 0.5 and box.y1 <= whole.y1 + 0.5, (
            text.get_text()
        )
        boxes[text.get_text()] = box
    frames = [patch.get_window_extent() for patch in named(figure, "box-").values()]
    for i, one in enumerate(frames):
        assert not any(one.overlaps(other) for other in frames[i + 1 :])
    for key, label in named(figure, "label-").items():
        inside, outside = (
            label.get_window_extent(),
            named(figure, "box-")[key.replace("label", "box")].get_window_extent(),
        )
        assert inside.x0 > outside.x0 and inside.x1 < outside.x1, label.get_text()
    flat = list(boxes.items())
    for i, (one, box) in enumerate(flat):
        for other, beside in flat[i + 1 :]:
            assert not box.padded(-2.0).overlaps(beside.padded(-2.0)), f"{one!r} on {other!r}"


def test_layout(figure) -> None:
    check_layout(figure)


def test_layout_at_the_widest_words(map_data: maps.MapData) -> None:
    regions = json.loads(json.dumps(map_data.summary["regions"]))
    for region in regions.values():
        region |= {"share_of_home": 0.2345, "share_season_low": 0.1004, "share_season_high": 0.6789}
        region |= {"probability": 0.00004, "season_low": 0.0, "season_high": 0.8888}
    summary = {
        **map_data.summary,
        "regions": regions,
        "boats": 10_000_000,
        "members": 1000,
        "title": "a title of many words " * 20,
    }
    check_layout(maps.landing_figure(replace(map_data, summary=summary, credits=("a long credit line " * 20,))))


@pytest.mark.parametrize(
    "domain",
    [
        (134.0, 141.0, 36.5, 41.5),
        pytest.param((125.0, 145.0, 30.0, 53.0), marks=pytest.mark.long),
        pytest.param((127.0, 133.0, 33.0, 37.0), marks=pytest.mark.long),
    ],
)
def test_layout_of_other_domains(map_data: maps.MapData, domain: tuple[float, float, float, float]) -> None:
    check_layout(maps.landing_figure(replace(map_data, domain=domain)))


def test_boxes_keep_order_and_distance() -> None:
    for wanted in ([90.0, 88.0, 60.0, 59.0], [20.0, 19.0, 18.0, 3.0], [140.0, 139.0, 138.0, 137.0], [50.0], []):
        centres = spread(wanted, 15.0, 2.0, 5.0, 110.0)
        assert (np.diff(centres) <= -17.0 + 1e-9).all()
        assert all(5.0 + 7.5 <= y <= 110.0 - 7.5 for y in centres)
    assert spread([90.0, 60.0], 15.0, 2.0, 5.0, 110.0) == [90.0, 60.0]


# --- thin runs


def test_no_landings() -> None:
    figure = maps.landing_figure(made_up(300, 12, landings=False))
    assert "no boat came ashore" in words(figure)
    assert "ribbon" not in named(figure, "ribbon")
    assert "100 still at sea" in words(figure).replace("\u00a0", " ")
    assert named(figure, "box-") == {}
    check_layout(figure)


@pytest.mark.parametrize(
    ("lang", "counting", "seasons"),
    [
        ("en", "counting error", "seasons of weather in ten"),
        ("ja", "計数誤差", "10季節"),
        pytest.param("ko", "계수 오차", "10계절", marks=pytest.mark.long),
    ],
)
def test_counting_error_is_called_so_and_stands_apart(lang: str, counting: str, seasons: str) -> None:
    figure = maps.landing_figure(made_up(1200, 1), lang=lang)
    assert len(re.findall(rf"{counting} [<\d.]+–[<\d.]+ %", words(figure))) == 4
    assert seasons not in words(figure)
    for key in ("akita", "noto"):
        assert re.fullmatch(r"\S+ [\d.]+ %", named(figure, f"label-{key}")[f"label-{key}"].get_text()), key
    assert seasons in words(maps.landing_figure(made_up(), lang=lang))


def test_too_few_seasons_leave_the_error_of_the_mean() -> None:
    figure = maps.landing_figure(made_up(1200, 24))
    assert "(error of the mean)" in words(figure)
    assert "how well the mean is known" in " ".join(words(figure).split())
    assert re.search(r"Akita \d+ % \(\d+–\d+\)", words(figure))


@pytest.mark.parametrize(
    ("lang", "ends"),
    [
        ("en", "Of 100 boats 94 still at sea, 6 in North Korea"),
        ("ja", "100隻のうち海上94隻、北朝鮮6隻"),
        pytest.param("ko", "100척 중 해상 94척, 북한 6척", marks=pytest.mark.long),
    ],
)
def test_outcomes_stand_first_and_coasts_lead_on_which_boats_land(lang: str, ends: str) -> None:
    run = made_up(1000, 1, landings=False)
    rows = np.arange(1000) < 58
    run.arrivals["outcome"].values[rows] = 1
    run.arrivals["stretch"].values[rows] = [*synthetic.LEAVES].index("north_korea")
    figure = maps.landing_figure(run, lang=lang)
    said = " ".join(words(figure).replace("\u00a0", " ").split())
    assert ends in said
    assert named(figure, "box-").keys() == {"box-north_korea"}
    assert words_of(lang)["reach"] in said
    assert words_of(lang)["regions"] not in said


def test_boats_that_sink_are_not_said_to_stay_afloat(run: result.Result, figure) -> None:
    assert run.summary["outcomes"]["sunk"] == 40
    said = " ".join(words(figure).split())
    assert "rate of sinking" in said
    assert "stay afloat" not in said
    none = made_up(600, 6)
    assert none.summary["outcomes"]["sunk"] == 0
    assert "boats that stay afloat" in " ".join(words(maps.landing_figure(none)).split())


def test_missing_parts(map_data: maps.MapData) -> None:
    regions = {key: of for key, of in map_data.summary["regions"].items() if key != "noto"}
    arrows = {"current": map_data.arrows["current"]}
    figure = maps.landing_figure(replace(map_data, summary={**map_data.summary, "regions": regions}, arrows=arrows))
    assert set(named(figure, "box-")) == {"box-akita", "box-aomori", "box-fukui"}
    assert "mean current" in words(figure) and "mean wind" not in words(figure)
    bare = replace(map_data, arrows={}, kinds={}, credits=(), summary={**map_data.summary, "regions": {}})
    check_layout(maps.landing_figure(bare))


def test_hundred_boats() -> None:
    check_layout(maps.landing_figure(made_up(100, 20)))


@pytest.mark.long
def test_a_million_landings_in_ten_seconds(tmp_path: Path) -> None:
    run = made_up(1_150_000, 200)
    run.summary  # noqa: B018
    start = time.perf_counter()
    maps.landing_map(run, tmp_path / "a.png")
    assert time.perf_counter() - start < 10.0
