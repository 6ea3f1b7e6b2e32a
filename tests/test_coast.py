"""The shoreline against shapely and known places: no landfall missed, none invented, and each with its right name."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod

from driftsim.area import coast as coasts
from driftsim.area import shoreline
from driftsim.area.regions import CODES
from driftsim.kernels.shore import Shore, clear_m, first_crossing, first_crossings, is_land, near_mask, seaward_point
from driftsim.system.errors import InputError

GEOD = Geod(ellps="WGS84")
AREAS = {  # W, E, S, N
    "oga": (139.5, 140.1, 39.75, 40.1),
    "noto": (136.6, 137.4, 36.8, 37.6),
    "sado": (138.1, 138.7, 37.7, 38.4),
    "oki": (132.8, 133.5, 35.9, 36.4),
    "tsugaru": (139.9, 141.6, 40.9, 41.9),
}


@pytest.fixture(scope="module")
def coast() -> shoreline.Coast:
    return shoreline.load()


@pytest.fixture(scope="module")
def land(coast: shoreline.Coast) -> np.ndarray:
    return shapely.polygons([shapely.linearrings(ring) for ring in coast.polygons])


@pytest.fixture(scope="module")
def edges(coast: shoreline.Coast) -> tuple[np.ndarray, shapely.STRtree]:
    segment = np.flatnonzero(coast.segment_is_shore)
    pairs = np.stack([coast.vertices[segment], coast.vertices[segment + 1]], axis=1)
    return segment, shapely.STRtree(shapely.linestrings(pairs))


def on_land(land: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    out = np.zeros(len(lon), bool)
    out[shapely.STRtree(shapely.points(lon, lat)).query(land, predicate="contains")[1]] = True
    return out


def made(rings: list[list[tuple[float, float]]], west: float = 130.0, south: float = 40.0, cells: int = 6) -> Shore:
    """A small shore of clockwise rings, in bins of 1/60 degree."""
    closed = [np.array([*ring, ring[0]], float) for ring in rings]
    vertices = np.concatenate(closed)
    real = np.ones(len(vertices), bool)
    real[np.cumsum([len(ring) for ring in closed]) - 1] = False
    rows, runs = coasts._bins(vertices, real, west, south, 60.0, cells, cells)
    x, y = np.meshgrid(*(start + (np.arange(cells) + 0.5) / 60.0 for start in (west, south)))
    inside = shapely.contains_xy(shapely.multipolygons([shapely.Polygon(ring) for ring in closed]), x, y)
    none = np.zeros(cells * cells, np.uint8)
    return Shore(
        west, south, 60.0, cells, cells, vertices.reshape(-1), rows, runs,
        none, inside.ravel().astype(np.uint8), none.astype(np.uint16), np.zeros(1, np.uint64),
    )  # fmt: skip


ISLET = [(130.041, 40.0331), (130.0413, 40.0337), (130.0419, 40.0332)]  # 70 m across, clockwise
BLOCK = [(130.03, 40.02), (130.03, 40.07), (130.06, 40.07), (130.06, 40.02)]  # over several bins, clockwise


def test_an_islet_inside_one_cell_is_hit_where_it_lies() -> None:
    shore = made([ISLET])
    fraction, segment = first_crossing(shore, 130.011, 40.0334, 130.091, 40.0334)  # 7 km, five bins
    line = shapely.LineString([(130.011, 40.0334), (130.091, 40.0334)])
    first = shapely.get_coordinates(line.intersection(shapely.Polygon(ISLET)))[:, 0].min()
    assert 130.011 + 0.08 * fraction == pytest.approx(first, abs=1e-12)
    assert segment == 0
    assert first_crossing(shore, 130.011, 40.0338, 130.091, 40.0338) == (2.0, -1)  # 10 m north of its tip


def test_only_from_sea_to_land() -> None:
    shore = made([BLOCK])
    assert first_crossing(shore, 130.045, 40.045, 130.015, 40.041) == (2.0, -1)  # out of the block
    fraction, segment = first_crossing(shore, 130.015, 40.041, 130.045, 40.045)
    assert fraction == pytest.approx(0.5) and segment == 0
    # Right through: the near side, not the far one, in both directions.
    assert first_crossing(shore, 130.015, 40.041, 130.075, 40.041)[0] == pytest.approx(0.25)
    fraction, segment = first_crossing(shore, 130.075, 40.041, 130.015, 40.041)
    assert fraction == pytest.approx(0.25) and segment == 2


def test_the_first_of_several_crossings_wins_though_its_segment_spans_bins() -> None:
    # The long side of the triangle stands in the chord's first bin, but is crossed beyond the islet.
    triangle = [(130.002, 40.058), (130.09, 40.058), (130.09, 40.002)]
    islet = [(130.0448, 40.0249), (130.0453, 40.0255), (130.0458, 40.0249)]
    shore = made([triangle, islet])
    fraction, segment = first_crossing(shore, 130.011, 40.0252, 130.089, 40.0252)
    assert segment == 4
    assert 130.011 + 0.078 * fraction == pytest.approx(130.0448 + 0.5 * 0.0005, abs=1e-9)


def test_ends_on_the_shore_and_chords_through_vertices() -> None:
    shore = made([BLOCK])
    assert first_crossing(shore, 130.02, 40.041, 130.03, 40.041) == (1.0, 0)  # ends on the shore: landed
    assert first_crossing(shore, 130.03, 40.041, 130.04, 40.041)[0] == 0.0  # starts there and goes inland
    assert first_crossing(shore, 130.03, 40.041, 130.02, 40.041) == (2.0, -1)  # starts there and leaves
    metre = 1.0 / 85_000.0
    fraction, _ = first_crossing(shore, 130.03 - 3 * metre, 40.041, 130.03 + 7 * metre, 40.041)
    assert fraction == pytest.approx(0.3, abs=1e-6)
    tip = [(130.03, 40.045), (130.06, 40.07), (130.06, 40.02)]  # a cape that points west
    fraction, _ = first_crossing(made([tip]), 130.01, 40.045, 130.05, 40.045)  # right through its vertex
    assert fraction == pytest.approx(0.5)
    assert first_crossing(shore, 130.02, 40.08, 130.07, 40.08) == (2.0, -1)
    # Along a side, collinear with it: no crossing of that side.
    assert first_crossing(shore, 130.03, 40.03, 130.03, 40.06)[1] in (-1, 0, 3)


def test_a_path_in_two_steps_meets_the_shore_as_in_one() -> None:
    shore = made([BLOCK])
    rng = np.random.default_rng(11)
    starts = rng.uniform((130.001, 40.021, 0.0), (130.029, 40.069, 1.0), (500, 3))
    for x, y, cut in starts:
        x1, y1 = 130.045, 40.0445
        whole, _ = first_crossing(shore, x, y, x1, y1)
        # Cut on the shore itself in every other case: rounding puts the end on either side.
        part = whole if cut < 0.5 else cut
        mx, my = x + part * (x1 - x), y + part * (y1 - y)
        a, b = first_crossing(shore, x, y, mx, my)[0], first_crossing(shore, mx, my, x1, y1)[0]
        assert (a <= 1.0) or (b <= 1.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_nonsense_crosses_nothing(bad: float) -> None:
    shore = made([BLOCK])
    for chord in np.where(np.eye(4, dtype=bool), bad, [130.015, 40.041, 130.045, 40.045]):
        fraction, _ = first_crossing(shore, *chord)
        assert fraction >= 0.0  # it came back
    assert clear_m(shore, bad, 40.0) == 0.0 and not is_land(shore, 130.0, bad) and near_mask(shore, bad, bad) == 0


def test_chords_beyond_the_grid() -> None:
    shore = made([BLOCK])
    assert first_crossing(shore, 129.0, 40.041, 129.9, 40.041) == (2.0, -1)
    fraction, _ = first_crossing(shore, 129.0, 40.041, 131.0, 40.041)
    assert fraction == pytest.approx(1.03 / 2.0)
    assert first_crossing(shoreline.no_shore(), 135.2, 38.1, 139.9, 38.4) == (2.0, -1)
    assert clear_m(shoreline.no_shore(), -170.0, 80.0) > 60_000 and not is_land(shoreline.no_shore(), 10.0, 50.0)


def steps(coast: shoreline.Coast, area: str, number: int) -> np.ndarray:
    """Random chords of 0.5 to 8 km that start at sea, (number, 4)."""
    rng = np.random.default_rng(sorted(AREAS).index(area) + 40)
    west, east, south, north = AREAS[area]
    lon, lat = rng.uniform(west, east, 8 * number), rng.uniform(south, north, 8 * number)
    close = ~coast.is_land(lon, lat) & (coast.distance_km(lon, lat) < 8.0)
    lon, lat = lon[close][:number], lat[close][:number]
    assert len(lon) == number
    length, azimuth = rng.uniform(0.5, 8.0, number), rng.uniform(0, 2 * np.pi, number)
    to_lon = lon + length * np.sin(azimuth) / (111.3 * np.cos(np.radians(lat)))
    return np.stack([lon, lat, to_lon, lat + length * np.cos(azimuth) / 111.1], axis=1)


def check_steps(coast, land, edges, area: str, number: int) -> None:
    chord = steps(coast, area, number)
    fraction, segment = np.empty(number), np.empty(number, np.int32)
    first_crossings(coast.shore, *np.ascontiguousarray(chord.T), fraction, segment)
    lines = shapely.linestrings(chord.reshape(-1, 2, 2))
    _, tree = edges
    which, edge = tree.query(lines, predicate="intersects")
    points = shapely.intersection(lines[which], tree.geometries[edge])
    along = np.hypot(*(shapely.get_coordinates(shapely.centroid(points)) - chord[which, :2]).T)
    expected = np.full(number, np.inf)
    np.minimum.at(expected, which, along / np.hypot(*(chord[:, 2:] - chord[:, :2]).T)[which])
    hit = np.isfinite(expected)
    assert 0.1 < hit.mean() < 0.9
    assert not (hit & (segment < 0)).any(), "landfall missed"
    assert not (~hit & (segment >= 0)).any(), "landfall invented"
    assert (np.abs(fraction - expected)[hit] * 8000.0 < 1.0).all()
    # Each crossing lies on the segment named, and a step without one ends at sea.
    at = chord[hit, :2] + fraction[hit, None] * (chord[hit, 2:] - chord[hit, :2])
    named = shapely.linestrings(np.stack([coast.vertices[segment[hit]], coast.vertices[segment[hit] + 1]], axis=1))
    assert (shapely.distance(shapely.points(at), named) < 1e-9).all()
    assert coast.segment_is_shore[segment[hit]].all()
    assert not on_land(land, chord[~hit, 2], chord[~hit, 3]).any()


@pytest.mark.parametrize("area", AREAS)
def test_steps_against_shapely(coast, land, edges, area: str) -> None:
    check_steps(coast, land, edges, area, 2_000)


@pytest.mark.long
@pytest.mark.parametrize("area", AREAS)
def test_steps_against_shapely_in_full(coast, land, edges, area: str) -> None:
    check_steps(coast, land, edges, area, 20_000)


def test_every_small_islet_is_hit(coast) -> None:
    """A chord through the middle of each of the smallest islands of the box, from 2 km away."""
    small = [ring for ring in coast.polygons if 0.0 < np.ptp(ring, axis=0).max() < 0.004]
    assert len(small) > 1000
    for ring in small[::7]:
        lon, lat = shapely.Polygon(ring).representative_point().coords[0]
        if not (125.1 < lon < 144.9 and 30.1 < lat < 52.9):
            continue
        _, segment = first_crossing(coast.shore, lon - 0.0031, lat - 0.0171, lon, lat)
        assert segment >= 0 or coast.is_land(lon - 0.0031, lat - 0.0171), (lon, lat)


def test_land_as_shapely_has_it(coast, land) -> None:
    rng = np.random.default_rng(5)
    segment = rng.choice(np.flatnonzero(coast.segment_is_shore), 20_000)
    lon = np.r_[rng.uniform(125.01, 144.99, 10_000), coast.vertices[segment, 0] + rng.normal(0, 0.004, 20_000)]
    lat = np.r_[rng.uniform(30.01, 52.99, 10_000), coast.vertices[segment, 1] + rng.normal(0, 0.004, 20_000)]
    keep = (lon > 125) & (lon < 145) & (lat > 30) & (lat < 53)
    lon, lat = lon[keep], lat[keep]
    np.testing.assert_array_equal(coast.is_land(lon, lat), on_land(land, lon, lat))


def test_straits_are_open_and_islands_are_there(coast) -> None:
    wet = {"Tsugaru": (140.55, 41.40), "Kanmon": (130.9575, 33.9605), "Soya": (142.0, 45.75), "Tatar": (141.45, 51.9)}
    wet |= {"Mutsu Bay": (140.9, 41.1), "Korea Strait": (129.2, 34.9), "Toyama Bay": (137.3, 36.95)}
    dry = {"Sado": (138.35, 38.02), "Hegura": (136.918, 37.852), "Tobishima": (139.548, 39.187), "Oki": (133.25, 36.25)}
    dry |= {"Okushiri": (139.45, 42.15), "Tsushima": (129.35, 34.5), "Ulleung": (130.87, 37.5)}
    dry |= {"Awashima": (139.235, 38.46)}
    assert not coast.is_land(*np.array(list(wet.values())).T).any()
    assert coast.is_land(*np.array(list(dry.values())).T).all()


def test_edges_made_by_cutting_are_no_shore(coast) -> None:
    ends = np.stack([coast.vertices[:-1], coast.vertices[1:]], axis=1)
    for axis, sides in ((0, (125.0, 145.0)), (1, (30.0, 53.0))):
        for side in sides:
            on_side = (ends[:, :, axis] == side).all(axis=1)
            assert not coast.segment_is_shore[:-1][on_side].any()
    assert first_crossing(coast.shore, 144.9, 43.5, 145.5, 43.5) == (2.0, -1)  # out over Hokkaido's cut
    assert first_crossing(coast.shore, 145.5, 43.5, 144.9, 43.5) == (2.0, -1)  # and in


def test_clear_is_a_lower_bound_and_not_a_loose_one(coast) -> None:
    rng = np.random.default_rng(6)
    lon, lat = rng.uniform(126, 144, 8_000), rng.uniform(31, 52, 8_000)
    clear = np.array([clear_m(coast.shore, x, y) for x, y in zip(lon, lat, strict=True)])
    true = coast.distance_km(lon, lat) * 1000.0
    assert (clear <= true).all()
    below = true < 60_000
    assert (true - clear)[below].max() < 3_500.0 and clear.max() == 63_750.0
    assert clear_m(coast.shore, 124.99, 40.0) == 0.0 and clear_m(coast.shore, 135.0, 53.01) == 0.0


def test_distance_against_the_geodesic(coast) -> None:
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(134, 139, 12), rng.uniform(36, 41, 12)
    shore = coast.vertices[np.flatnonzero(coast.segment_is_shore)]
    for x, y, d in zip(lon, lat, coast.distance_km(lon, lat), strict=True):
        near = shore[np.abs(shore - (x, y)).max(axis=1) < 4.5]
        _, _, metres = GEOD.inv(np.full(len(near), x), np.full(len(near), y), near[:, 0], near[:, 1])
        assert d == pytest.approx(metres.min() / 1000.0, rel=2e-4, abs=0.05)


def test_near_mask_is_within_20_km(coast) -> None:
    rng = np.random.default_rng(8)
    segment = np.flatnonzero(coast.segment_is_shore & (coast.segment_stretch == CODES["akita"]))
    shore = coast.vertices[segment]
    lon, lat = rng.uniform(138.9, 140.3, 400), rng.uniform(38.7, 40.8, 400)
    for x, y in zip(lon, lat, strict=True):
        _, _, metres = GEOD.inv(np.full(len(shore), x), np.full(len(shore), y), shore[:, 0], shore[:, 1])
        near = bool(int(near_mask(coast.shore, x, y)) >> CODES["akita"] & 1)
        assert near == (metres.min() < 20_000) or abs(metres.min() - 20_000) < 1_500
    assert near_mask(coast.shore, 134.5, 39.5) == 0
    assert int(near_mask(coast.shore, 139.40, 39.25)) == 1 << CODES["tobishima"]


PLACES = {
    "akita": (140.047, 39.39),  # Yurihonjo
    "ishikawa_south": (136.60, 36.62),  # Kanazawa
    "noto": (136.90, 37.40),  # Wajima
    "toyama": (136.99, 36.86),  # Himi
    "tobishima": (139.55, 39.19),
    "aomori_strait": (140.855, 41.43),  # Sai
    "aomori_japan_sea": (140.30, 41.15),  # Kodomari
    "aomori_mutsu_bay": (140.74, 40.84),  # Aomori city
    "aomori_pacific": (141.53, 40.55),  # Hachinohe
    "yamagata": (139.82, 38.90),  # Sakata
    "niigata_mainland": (139.06, 37.95),
    "sado": (138.25, 38.03),
    "awashima": (139.24, 38.44),
    "fukui": (136.12, 36.22),  # Mikuni
    "kyoto": (135.20, 35.68),  # Kyotango
    "hyogo": (134.63, 35.66),  # Kasumi
    "tottori": (134.23, 35.55),
    "shimane_mainland": (132.05, 34.90),  # Hamada
    "oki": (133.35, 36.20),
    "yamaguchi": (131.39, 34.43),  # Hagi
    "kyushu": (130.40, 33.62),  # Fukuoka
    "tsushima": (129.29, 34.20),  # Izuhara
    "hokkaido": (140.10, 41.43),  # Matsumae
    "okushiri": (139.52, 42.17),
    "russia": (131.90, 43.10),  # Vladivostok
    "north_korea": (129.80, 41.77),  # Chongjin
    "south_korea": (129.38, 36.05),  # Pohang
    "ulleung": (130.91, 37.48),
    "liancourt": (131.87, 37.24),
    "honshu_pacific": (141.97, 39.64),  # Miyako
}
MORE_PLACES = [
    ("noto", (136.92, 37.85)),  # Hegura
    ("noto", (137.00, 37.05)),  # Nanao
    ("noto", (136.73, 36.83)),  # Imahama, Hodatsushimizu
    ("ishikawa_south", (136.70, 36.76)),  # Takamatsu, Kahoku
    ("aomori_strait", (140.36, 41.255)),  # just east of Tappi
    ("aomori_strait", (140.91, 41.53)),  # Oma
    ("aomori_japan_sea", (139.93, 40.65)),  # Fukaura
    ("akita", (139.76, 39.90)),  # Oga
    ("hokkaido", (141.02, 45.40)),  # Rebun
    ("hokkaido", (139.80, 41.36)),  # Matsumae-kojima
    ("russia", (141.24, 46.25)),  # Moneron
    ("russia", (142.73, 46.62)),  # Aniva Bay
    ("south_korea", (126.55, 33.52)),  # Jeju
    ("south_korea", (128.55, 38.30)),  # Goseong
    ("north_korea", (128.20, 38.75)),  # Kosong
    ("north_korea", (130.40, 42.28)),  # Sonbong
]


def stretch_at(coast: shoreline.Coast, lon: float, lat: float) -> str:
    segment = np.flatnonzero(coast.segment_is_shore)
    off = (coast.vertices[segment] - (lon, lat)) * (np.cos(np.radians(lat)), 1.0)
    return coast.stretch_keys[coast.segment_stretch[segment[np.argmin((off**2).sum(1))]]]


@pytest.mark.parametrize(("key", "place"), [*PLACES.items(), *MORE_PLACES])
def test_known_places(coast, key: str, place: tuple[float, float]) -> None:
    assert stretch_at(coast, *place) == key


def test_every_segment_has_a_stretch_and_every_stretch_segments(coast) -> None:
    assert coast.segment_stretch.dtype == np.int16
    used = coast.segment_stretch[coast.segment_is_shore]
    assert used.min() == 0 and used.max() == len(coast.stretch_keys) - 1
    assert set(np.unique(used)) == set(range(len(coast.stretch_keys)))
    assert set(PLACES) == set(coast.stretch_keys)


def test_a_stranded_boat_is_held_at_a_wet_place_close_by(coast, land) -> None:
    for area in AREAS:
        chord = steps(coast, area, 1_000)
        fraction, segment = np.empty(1_000), np.empty(1_000, np.int32)
        first_crossings(coast.shore, *np.ascontiguousarray(chord.T), fraction, segment)
        hit = segment >= 0
        at = chord[:, :2] + fraction[:, None] * (chord[:, 2:] - chord[:, :2])
        held = np.array([seaward_point(coast.shore, *at[i], segment[i], *chord[i, :2]) for i in np.flatnonzero(hit)])
        assert not on_land(land, held[:, 0], held[:, 1]).any()
        _, _, metres = GEOD.inv(*at[hit].T, *held.T)
        assert metres.max() < 20.5 and np.median(metres) > 19.0


def test_points_on_land_are_moved_to_the_nearest_sea(coast, land) -> None:
    lon, lat = np.array([140.2, 138.37, 135.0]), np.array([39.5, 38.05, 39.0])
    to_lon, to_lat = coast.nearest_sea(lon, lat)
    assert not on_land(land, to_lon, to_lat).any()
    assert (to_lon[2], to_lat[2]) == (135.0, 39.0)
    _, _, metres = GEOD.inv(lon[:2], lat[:2], to_lon[:2], to_lat[:2])
    assert metres == pytest.approx(coast.distance_km(lon[:2], lat[:2]) * 1000.0, abs=200.0)


def test_outside_the_box_nothing_is_known(coast) -> None:
    for ask in (coast.is_land, coast.distance_km, coast.nearest_sea):
        with pytest.raises(InputError, match=r"1 of 2 points lie outside .* 146\.0000 E, 40\.0000 N"):
            ask([135.0, 146.0], [40.0, 40.0])
    with pytest.raises(InputError, match="outside"):
        coast.is_land(np.nan, 40.0)


def test_lines_carry_every_stretch_in_contiguous_pieces(coast) -> None:
    """Along a line each stretch is one piece, but for the strait (Mutsu Bay interrupts it) and the continent's west."""
    owner, starts = coast._file["line_stretch"], coast._file["line_starts"]
    assert set(owner[owner >= 0]) == set(range(len(coast.stretch_keys)))
    for line, first, after in zip(coast.lines, starts[:-1], starts[1:], strict=True):
        assert (np.diff(line.km) > 0).all() and line.km[0] == 0.0
        _, _, metres = GEOD.inv(line.lon[:-1], line.lat[:-1], line.lon[1:], line.lat[1:])
        assert line.km[-1] == pytest.approx(metres.sum() / 1000.0, rel=1e-5)
        mine = owner[first : after - 1]
        pieces = 1 + (np.diff(mine) != 0).sum()
        spare = {"honshu_japan_sea": 1, "honshu_pacific": 2, "continent": 1}.get(line.key, 0)
        assert pieces <= len(set(mine)) + spare, line.key


def test_kilometres_grow_along_the_coast(coast) -> None:
    """Landings along the Sea of Japan coast of Honshu, in the order of the shoreline, get kilometres in that order."""
    rings = coast._ring_starts
    of = np.searchsorted(rings, np.flatnonzero(coast.segment_stretch == CODES["akita"]), "right") - 1
    honshu = int(np.argmax(np.bincount(of)))
    segment = np.arange(rings[honshu], rings[honshu + 1] - 1)
    keys = ("tottori", "fukui", "ishikawa_south", "noto", "toyama", "niigata_mainland", "yamagata", "akita")
    for key in (*keys, "aomori_japan_sea", "aomori_mutsu_bay"):
        mine = segment[coast.segment_stretch[segment] == CODES[key]]
        middle = 0.5 * (coast.vertices[mine] + coast.vertices[mine + 1])
        line, km = coast.project(middle[:, 0], middle[:, 1], np.full(len(mine), CODES[key]))
        assert (line == coast.line_names.index("honshu_japan_sea")).all()
        lon, lat = (np.interp(km, coast.lines[0].km, a) for a in (coast.lines[0].lon, coast.lines[0].lat))
        off = GEOD.inv(lon, lat, *middle.T)[2]
        open_coast = off < 1_000.0  # the others: shores of lagoons and harbours that the line passes by
        assert open_coast.mean() > 0.6, key
        back = np.maximum.accumulate(km[open_coast]) - km[open_coast]
        assert np.quantile(back, 0.95) < 3.0 and np.median(back) < 0.5, key
    toyama, yamagata, akita = (coast.project(*PLACES[k], CODES[k])[1][0] for k in ("toyama", "yamagata", "akita"))
    assert toyama < yamagata < akita


def test_a_place_without_a_stretch_has_no_line(coast) -> None:
    line, km = coast.project([139.9, 140.0], [39.4, 39.5], [-1, CODES["akita"]])
    assert line.tolist() == [-1, 0] and np.isnan(km[0]) and km[1] > 0


def test_line_bins_cover_the_lines(coast) -> None:
    bins = coast.line_bins(5.0)
    for index, line in enumerate(coast.lines):
        mine = bins.line == index
        assert bins.km_start[mine][0] == 0.0 and bins.km_end[mine][-1] == line.km[-1]
        np.testing.assert_array_equal(bins.km_start[mine][1:], bins.km_end[mine][:-1])
    assert (bins.km_end - bins.km_start <= 5.0 + 1e-9).all() and (bins.stretch >= 0).all()
    at = np.flatnonzero(bins.stretch == CODES["akita"])
    assert (np.abs(bins.lon_mid[at] - 139.95) < 0.3).all() and np.ptp(bins.lat_mid[at]) > 1.1
    with pytest.raises(InputError, match="width_km"):
        coast.line_bins(0.0)


def test_polygons_for_drawing(coast) -> None:
    assert all((ring[0] == ring[-1]).all() for ring in coast.polygons)
    coarse = coast.polygons_coarse
    assert sum(map(len, coarse)) < 0.1 * sum(map(len, coast.polygons))
    area = sum(shapely.Polygon(ring).area for ring in coarse)
    assert area == pytest.approx(sum(shapely.Polygon(ring).area for ring in coast.polygons), rel=2e-3)


def test_the_stretches_of_a_domain_are_those_with_shore_in_it(coast: shoreline.Coast) -> None:
    assert set(coast.stretches_within((127.0, 143.0, 33.0, 48.0))) == set(CODES)
    assert coast.stretches_within((128.0, 134.0, 38.7, 44.0)) == ("russia", "north_korea")
    assert coast.stretches_within((134.0, 136.0, 38.0, 40.0)) == ()
    assert "noto" in coast.stretches_within(AREAS["noto"])
    assert "akita" not in coast.stretches_within(AREAS["noto"])
    assert coast.stretches_within((494.0, 496.6, 38.0, 40.0)) == ()
