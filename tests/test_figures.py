"""All figures of a run: what they measure, what they say in three languages, and that they look as they did.

``python tests/test_figures.py`` writes the pictures of `baselines` anew; look at them before they are committed.
"""

from __future__ import annotations

import csv
import io
import re
import string
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

sys.path.insert(0, str(Path(__file__).parent))
import synthetic
from test_maps import made_up, texts, words

from driftsim.area import area, shoreline
from driftsim.figures import maps
from driftsim.figures.maps import animation, dates, drawing, fonts, sea, shores, sources, tracks, zoom
from driftsim.figures.maps.frame import fit
from driftsim.figures.maps.style import look
from driftsim.figures.maps.text import wrapped
from driftsim.figures.palette import FATES, THEMES
from driftsim.results import output, result
from driftsim.system import resources
from driftsim.system.constants import SECONDS_PER_WEEK
from driftsim.system.errors import InputError
from driftsim.words import WORDS, sea_name, source_name, words_of

BASELINES = Path(__file__).parent / "baselines"
FIGURES = ("landings", "density", "dates", "sources", "zoom", "tracks")


def made() -> result.Result:
    """A made-up run with tracks that follow the landings that were moved to the shore."""
    run = made_up(1500, 30)
    run.tracks = synthetic.make_result(1500, 30, seed=3, tracks=60).tracks
    return run


@pytest.fixture(scope="module")
def run() -> result.Result:
    return made()


def drawn(run: Any, name: str, **settings: Any) -> Any:
    return maps.figure_of(run, name, region="noto" if name == "zoom" else None, **settings)


# --- letters -------------------------------------------------------------------------------------------------------


def letters(value: Any) -> set[str]:
    if isinstance(value, str):
        return set(value)
    if isinstance(value, bool | float):
        return set()
    return set().union(*map(letters, value.values() if isinstance(value, dict) else value))


@pytest.mark.parametrize(("lang", "name"), [("ja", "JP"), ("ko", "KR")])
@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_fonts_shipped_have_every_letter(lang: str, name: str, weight: str) -> None:
    from matplotlib.font_manager import get_font

    with open(resources.data("areas/sea_of_japan/towns.csv"), encoding="utf-8", newline="") as file:
        towns = {letter for row in csv.DictReader(file) for letter in row[f"name_{lang}"]}
    wanted = (
        letters(words_of(lang))
        | letters(words_of(lang, backward=True))
        | towns
        | set(string.ascii_letters + string.digits + " .,:;–()%°/²\u00a0") - {"\n"}
    )
    have = set(get_font(resources.data("fonts") / f"DriftsimSans{name}{weight}.ttf").get_charmap())
    assert [letter for letter in sorted(wanted - {"\n"}) if ord(letter) not in have] == []
    assert ord("鬱") not in have or lang == "ja"  # a letter that is not wanted is not there: the test can fail


def test_the_languages_have_the_same_words() -> None:
    def shape(value: Any) -> Any:
        if isinstance(value, str):
            return tuple(sorted(re.findall(r"\{(\w+)", value)))
        return {key: shape(of) for key, of in value.items()} if isinstance(value, dict) else None

    free = {"region_names", "source_names", "ports", "day", "day_year", "short_day"}
    shapes = {lang: {key: of for key, of in shape(table).items() if key not in free} for lang, table in WORDS.items()}
    assert shapes["ja"] == shapes["en"]
    assert shapes["ko"] == shapes["en"]


def test_letters_that_no_font_has_are_not_drawn(run: result.Result) -> None:
    assert not fonts.drawable("ဗမာ", ["DejaVu Sans"])
    assert fonts.drawable("日本海 동해", ["DejaVu Sans"])
    map_data = maps.read_map_data(run)
    strange = map_data.sources["chongjin"]
    sources_ = {name: of for name, of in map_data.sources.items() if name != "chongjin"} | {"ဗမာ": strange}
    from dataclasses import replace

    said = words(maps.figure_of(replace(map_data, sources=sources_), "landings"))
    assert "#3" in said and "ဗမာ" not in said


def test_japanese_breaks_between_letters_but_not_before_a_full_stop() -> None:
    said = "範囲は標本誤差のみで、季節、出発海域、船、海流の選び方は含まない。" * 3
    lines = wrapped(said, 60.0, 7.0, fonts=["Driftsim Sans JP"])
    assert len(lines) > 2
    assert not [line for line in lines if line[0] in "、。"]
    assert "".join(lines) == said


def test_names() -> None:
    assert [sea_name(words_of(lang), None) for lang in ("en", "ja", "ko")] == ["Sea of Japan", "日本海", "동해"]
    assert sea_name(words_of("ja"), "East Sea") == "東海"
    assert sea_name(words_of("en"), "both") == "Sea of Japan\n(East Sea)"
    assert sea_name(words_of("en"), "none") == sea_name(words_of("en"), "") == ""
    assert sea_name(words_of("en"), "Mare Orientale") == "Mare Orientale"
    assert source_name(words_of("ja"), "off_Wonsan") == "元山沖"
    assert source_name(words_of("ko"), "Yamato Bank") == "대화퇴"
    assert source_name(words_of("en"), "yamato_bank") == "Yamato Bank"


# --- colours -------------------------------------------------------------------------------------------------------


def lightness(color: str) -> float:
    r, g, b = bytes.fromhex(color[1:])
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_scale_reads_in_grey_and_words_stand_off(theme: str) -> None:
    of = THEMES[theme]
    steps = np.diff([lightness(color) for color in of.ramp])
    assert (steps < -15.0).all() if theme == "light" else (steps > 12.0).all()
    assert abs(lightness(of.ink) - lightness(of.paper)) > 180.0
    assert abs(lightness(of.grey) - lightness(of.paper)) > 100.0
    assert len(set(FATES[theme].values())) == 5


# --- what the figures measure --------------------------------------------------------------------------------------


def test_cells_of_release_by_hand() -> None:
    """Seven of 40 boats from one cell reach Noto, 3 of 25 from another; none that lands elsewhere counts."""
    keys = ("akita", "noto")
    lon = np.r_[np.full(40, 135.1), np.full(25, 133.6)]
    stretch = np.full(65, -1)
    stretch[:7], stretch[7:12], stretch[40:43] = 1, 0, 1
    arrivals = xr.Dataset(
        {
            "release_lon": ("boat", lon), "release_lat": ("boat", np.where(lon > 134.0, 39.9, 40.2)),
            "outcome": ("boat", (stretch >= 0).astype(int)),
            "stretch": ("boat", stretch, {"flag_meanings": " ".join(keys)}),
        }
    )  # fmt: skip
    cells = sources.release_cells(arrivals, ("noto", "akita"), area.default())
    assert cells.deg == 2.0  # no smaller one holds enough boats
    assert dict(zip(cells.west.tolist(), cells.released.tolist(), strict=True)) == {134.0: 40.0, 132.0: 25.0}
    chance = dict(zip(cells.west.tolist(), (cells.reached["noto"] / cells.released).tolist(), strict=True))
    assert chance == pytest.approx({134.0: 7 / 40, 132.0: 3 / 25})
    assert cells.reached["akita"].sum() == 5.0


def test_density_keeps_the_days_afloat(run: result.Result) -> None:
    boats = run.arrivals.sizes["boat"]
    found = sea.density_by_period(run.density, boats)
    lat = np.radians(0.5 * (found.lat_edges[1:] + found.lat_edges[:-1]))
    area = 111.1**2 * np.cos(lat)[:, None] * np.diff(found.lat_edges)[:, None] * np.diff(found.lon_edges)
    total = sum((p.density * area).sum() * (p.end - p.begin) / 86_400.0 for p in found.periods) * boats / 1e6
    assert total == pytest.approx(float(run.density.boat_days.sum()), rel=0.01)
    assert [(p.end - p.begin) / 86_400.0 for p in found.periods[:-1]] == [14.0] * (len(found.periods) - 1)
    assert len(found.periods) <= sea.MOST_PANELS


def test_arrows_are_means_of_their_fortnight(run: result.Result) -> None:
    forcing = run.forcing_mean.copy(deep=True)
    forcing["current_u"][2] = forcing["current_u"][2] * 7.0
    bounds = forcing["time_bounds"].values
    means = sea.means_between(forcing, bounds[1, 0], bounds[2, 1])
    assert np.nanmax(means["current"][2]) == pytest.approx(0.1 * (1 + 7) / 2, rel=1e-5)
    assert sea.means_between(None, 0.0, 1.0) == {}


def test_landing_times_are_those_of_the_stretch(run: result.Result) -> None:
    times = dates.landing_times(run.arrivals)
    weeks = run.summary["regions"]["noto"]["landings_by_week"]
    assert np.histogram(times["noto"], np.arange(len(weeks) + 1) * SECONDS_PER_WEEK)[0].tolist() == weeks
    assert sum(of.size for of in times.values()) == int((run.arrivals["outcome"].values == 1).sum())


def test_bars_of_the_dates_add_up(run: result.Result) -> None:
    figure = drawn(run, "dates")
    bars = [p.get_height() for axes in figure.axes for p in axes.patches if p.get_gid() == "week-akita"]
    most = [p.get_height() for axes in figure.axes for p in axes.patches if (p.get_gid() or "").startswith("week-")]
    assert max(most) == pytest.approx(dates.ROW - 8.5)
    akita = run.summary["regions"]["akita"]
    others = [max(run.summary["regions"][key]["landings_by_week"]) for key in ("akita", "aomori", "noto", "fukui")]
    assert sum(bars) * max(others) / max(most) == pytest.approx(akita["boats"], rel=0.02)


def test_the_band_of_a_zoom_counts_the_boats_of_its_coast(run: result.Result) -> None:
    coast = shoreline.load()
    frame = fit(zoom.region_box(coast, area.default(), "sado"), 0.0)
    segments = shores.shore_segments(coast, frame)
    density = shores.shore_density(coast, segments, run.arrivals, 4.0)
    stretch = coast.segment_stretch[segments]
    from driftsim.area.regions import CODES

    mine = stretch == CODES["sado"]
    line, km = coast.project(*(coast.vertices[segments[mine]].T), stretch[mine])
    by_km = [density[mine][(km >= k) & (km < k + 1)].max(initial=0.0) for k in range(int(coast.lines[line[0]].km[-1]))]
    boats = run.summary["regions"]["sado"]["boats"]
    assert sum(by_km) * run.arrivals.sizes["boat"] / 1000.0 == pytest.approx(boats, rel=0.1)


def test_towns_lie_by_the_coast_and_have_three_names() -> None:
    coast = shoreline.load()
    towns = area.default().towns
    for lang in WORDS:
        assert len({town.names[lang] for town in towns}) == len(towns) > 100
    away = coast.distance_km([t.lon for t in towns], [t.lat for t in towns])
    assert [
        (t.names["en"], round(km)) for t, km in zip(towns, away.tolist(), strict=True) if km > 16.0
    ] == []  # Fukui lies 14 km inland
    assert np.median(away) < 3.0


@pytest.mark.parametrize("region", ["noto", "aomori", "oki", "russia", "japan", "liancourt"])
def test_a_zoom_holds_its_region(region: str) -> None:
    from driftsim.area.regions import CODES, REGIONS

    coast = shoreline.load()
    frame = fit(zoom.region_box(coast, area.default(), region), 0.0)
    codes = [CODES[key] for key in REGIONS[region].stretches]
    here = np.isin(coast.segment_stretch, codes) & coast.segment_is_shore
    lon, lat = coast.vertices[here].T
    assert frame.west <= lon.min() and lon.max() <= frame.east
    assert frame.south <= lat.min() and lat.max() <= frame.north


def test_fates() -> None:
    keys = ("noto", "russia")
    data = xr.Dataset(
        {
            "outcome": ("boat", [0, 1, 1, 2, 3]),
            "stretch": ("boat", [-1, 1, 0, -1, -1], {"flag_meanings": " ".join(keys)}),
        }
    )
    assert [tracks.FATES[k] for k in tracks.fates(data, area.default())] == ["adrift", "abroad", "home", "left", "sunk"]


# --- what they say, and that nothing runs off the sheet ------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(("lang", "theme"), [pytest.param("en", "light", marks=pytest.mark.long), ("ja", "dark")])
def test_columns_keep_within_the_sheet(run: result.Result, name: str, lang: str, theme: str) -> None:
    figure = drawn(run, name, width="column", lang=lang, theme=theme)
    assert figure.get_figwidth() * 25.4 == pytest.approx(90.0)
    whole = figure.bbox
    inside = [text for text in texts(figure) if text.get_text().strip()]
    assert len(inside) > 10
    for text in inside:
        box = text.get_window_extent()
        assert box.x0 >= -1.0 and box.x1 <= whole.x1 + 1.0 and box.y0 >= -1.0 and box.y1 <= whole.y1 + 1.0, (
            text.get_text()
        )
        assert fonts.drawable(text.get_text(), WORDS[lang]["fonts"])
        assert text.get_fontsize() >= 4.4


@pytest.mark.parametrize("name", ["density", "tracks"])
def test_a_backward_run_shows_no_arrivals(name: str, run: result.Result) -> None:
    back = made_up(200, 10)
    back.arrivals.attrs["direction"] = "backward"
    if name == "tracks":
        assert "ashore" not in words(maps.figure_of(back, name))
    for figure in ("dates", "sources", "zoom"):
        with pytest.raises(InputError, match="backward in time"):
            drawn(back, figure)


@pytest.mark.parametrize(
    "name", [name if name in ("landings", "dates") else pytest.param(name, marks=pytest.mark.long) for name in FIGURES]
)
def test_a_hundred_boats_and_no_landing(name: str) -> None:
    assert texts(drawn(made_up(100, 20, landings=False), name))


def test_bad_settings(run: result.Result, tmp_path: Path) -> None:
    for settings, said in [
        ({"figure": "pie"}, "figure = 'pie'"),
        ({"figure": "zoom"}, "name the region"),
        ({"figure": "zoom", "region": "atlantis"}, "region = 'atlantis'"),
        ({"figure": "dates", "region": "noto"}, "not dates"),
        ({"theme": "pink"}, "theme = 'pink'"),
        ({"width": "poster"}, "width = 'poster'"),
        ({"formats": ["jpg"]}, "format = 'jpg'"),
        ({"out": tmp_path / "a.jpg"}, "ends in none"),
        ({"out": tmp_path / "a.png", "figure": "all"}, "one file holds one figure"),
        ({"out": tmp_path / "no" / "a.png"}, "no such folder"),
    ]:
        with pytest.raises(InputError, match=re.escape(said)):
            maps.draw(run, **{"out": tmp_path, **settings})
    bare = made_up(100, 10)
    bare.tracks = bare.density = None
    for name in ("tracks", "density"):
        with pytest.raises(InputError, match=rf"output\.{name}"):
            maps.figure_of(bare, name)
        with pytest.raises(InputError, match="tracks: the run kept none"):
            animation.animate(bare, tmp_path / "a.gif")
    assert list(tmp_path.iterdir()) == []


# --- files ---------------------------------------------------------------------------------------------------------


def test_formats(run: result.Result, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"figure": "dates", "formats": ["svg", "pdf"], "lang": "ja", "theme": "dark"}
    files = maps.draw(run, tmp_path, **settings)
    assert [file.name for file in files] == ["arrival_dates_ja_dark.svg", "arrival_dates_ja_dark.pdf"]
    svg, pdf = (file.read_bytes() for file in files)
    assert b"<text" not in svg and b"<path" in svg and b"dc:date" not in svg
    assert b"/FontFile2" in pdf and b"/CreationDate" not in pdf and b"DriftsimSansJP" in pdf
    (tmp_path / "again").mkdir()
    again = maps.draw(run, tmp_path / "again", **settings)
    assert [file.read_bytes() for file in again] == [svg, pdf]
    assert not list(tmp_path.glob("**/*.part"))
    assert maps.draw(run, tmp_path / "x.pdf", figure="dates")[0].read_bytes()[:5] == b"%PDF-"


def test_all_names_what_there_is(run: result.Result) -> None:
    map_data = maps.read_map_data(run)
    wanted = drawing._wanted(run, map_data, "all", None)
    assert [name for name, _ in wanted[:5]] == ["landings", "density", "dates", "sources", "tracks"]
    assert {of for name, of in wanted if name == "zoom"} == {"akita", "aomori", "fukui", "noto"}
    bare = made_up(100, 10)
    bare.tracks = None
    assert ("tracks", None) not in drawing._wanted(bare, map_data, "all", "sado")


# --- from Python ---------------------------------------------------------------------------------------------------


def test_results_plot_themselves_and_show_a_map(run: result.Result, tmp_path: Path) -> None:
    from PIL import Image

    assert "sources(region=None)" in repr(run.plot)
    figure = run.plot.dates(lang="ko")
    assert "표착 시기" in words(figure)
    assert Image.open(io.BytesIO(figure._repr_png_())).size[0] > 600
    output.write_run(tmp_path / "run", run, shoreline.load())
    shown = output.read_run(tmp_path / "run")._repr_html_()
    assert "├── 1,500 boats" in shown and 'src="data:image/png;base64,' in shown
    assert "http" not in shown and len(shown) < 200_000


# --- the film ------------------------------------------------------------------------------------------------------


def test_a_film_shows_the_date_and_keeps_those_ashore(
    run: result.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    monkeypatch.setattr(animation, "SECONDS", 1.5)
    seen = []
    file = animation.animate(run, tmp_path / "a.gif", report=lambda done, of: seen.append((done, of)))
    assert seen[-1][0] == seen[-1][1] == len(seen)
    film = Image.open(file)
    assert film.n_frames > 10
    film.seek(film.n_frames - 1)
    last = np.asarray(film.convert("RGB")).astype(int)
    film.seek(0)
    first = np.asarray(film.convert("RGB")).astype(int)
    orange = np.array(list(bytes.fromhex(FATES["light"]["home"][1:])))
    ashore = [(np.abs(image - orange).sum(axis=2) < 60).sum() for image in (first, last)]
    assert ashore[1] > ashore[0] + 40
    pixels = {bytes(pixel) for pixel in last.reshape(-1, 3).astype(np.uint8)}
    there = {FATES["light"][tracks.FATES[fate]] for fate in tracks.read_tracks(run).fate}
    exact = [bytes.fromhex(color[1:]) in pixels for color in there]
    assert len(there) > 1 and all(exact)  # of a key with a few pixels a colour, none became another's
    assert not list(tmp_path.glob(".*"))
    with pytest.raises(InputError, match=r"neither \.mp4 nor \.gif"):
        animation.animate(run, tmp_path / "a.avi")


def test_a_film_as_mp4(run: result.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="the extra `animate` is not installed")
    monkeypatch.setattr(animation, "SECONDS", 1.0)
    file = animation.animate(run, tmp_path / "a.mp4", by="class", theme="dark", lang="ja")
    meta = next(ffmpeg.read_frames(str(file)))
    assert meta["codec"] == "h264" and meta["fps"] == animation.FRAMES_S
    assert meta["size"][0] % 2 == meta["size"][1] % 2 == 0
    assert meta["duration"] == pytest.approx(1.0 + 2.0, abs=0.3)


def test_boats_of_the_film_are_where_their_tracks_are(run: result.Result) -> None:
    map_data = maps.read_map_data(run)
    found = tracks.read_tracks(run)
    groups = animation._groups(run, found, look(), "fate")
    sheet = animation.AnimationSheet(map_data, look(), groups)
    sheet.draw()
    moments = np.array([30.0, 41.5]) * 86_400.0
    columns, rows = animation._paths(found, moments, sheet, 5.0, 900)
    seen = 0
    for boat, k in zip(*np.nonzero(columns >= 0), strict=True):
        there = np.isfinite(found.time[boat])
        lon = np.interp(moments[k], found.time[boat][there], found.lon[boat][there])
        lat = np.interp(moments[k], found.time[boat][there], found.lat[boat][there])
        assert columns[boat, k] == int(sheet.frame.x(lon) * 5.0)
        assert rows[boat, k] == 899 - int(sheet.frame.y(lat) * 5.0)
        seen += 1
    assert seen > 10


# --- they look as they did -----------------------------------------------------------------------------------------


def picture(run: Any, name: str) -> Any:
    """A figure, small."""
    from PIL import Image

    out = io.BytesIO()
    drawing.save_to(drawn(run, name), out, "png", 50)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


def blurred(image: Any, size: tuple[int, int]) -> np.ndarray:
    """Without what another version of a font would change: with DejaVu Serif for DejaVu Sans the landing map differs by
    0.6 in the mean and 10 at the 99.5th percentile, without its ribbon by 1.0 and 49."""
    from scipy.ndimage import gaussian_filter

    values = np.asarray(image.resize(size)).astype(float)
    return gaussian_filter(values, (3.0, 3.0, 0.0))


@pytest.mark.parametrize("name", FIGURES)
def test_they_look_as_they_did(run: result.Result, name: str) -> None:
    from PIL import Image

    known = Image.open(BASELINES / f"{name}.png").convert("RGB")
    now = picture(run, name)
    assert now.size == pytest.approx(known.size, rel=0.03)
    difference = np.abs(blurred(now, known.size) - blurred(known, known.size)).max(axis=2)
    assert difference.mean() < 1.5
    assert np.percentile(difference, 99.5) < 20.0


if __name__ == "__main__":
    BASELINES.mkdir(exist_ok=True)
    of = made()
    for name in FIGURES:
        picture(of, name).save(BASELINES / f"{name}.png", optimize=True)
