"""Where, when and as what boats begin: shares, uniformity over the sea, dates, and that a boat is its number."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from scipy import stats

from driftsim.area import area
from driftsim.area.places import GEOD, Area
from driftsim.config import BoatClass, Boats, Capsizing, CoastTable, Config, ReleaseSource, ReleaseTable, RunTable
from driftsim.drift import release
from driftsim.system.errors import InputError

DOMAIN = (127.0, 143.0, 33.0, 48.0)
SHORE_LON = 129.3
ISLAND = (133.1, 39.2, 30.0)
YAMATO = ((132.6, 38.1), (135.9, 38.7), (136.4, 40.6), (133.8, 39.4))
RADIUS_KM = 6371.0088


class TwoLands:
    """A coast with known answers: land west of a meridian, and a round island."""

    def _signed_km(self, lon, lat):
        """Distance to the nearest shore on the sphere, negative on land."""
        lon, lat = np.radians(lon), np.radians(lat)
        east = RADIUS_KM * np.arcsin(np.sin(lon - np.radians(SHORE_LON)) * np.cos(lat))
        x, y = np.radians(ISLAND[:2])
        half = np.sin((lat - y) / 2) ** 2 + np.cos(lat) * np.cos(y) * np.sin((lon - x) / 2) ** 2
        return np.minimum(east, 2.0 * RADIUS_KM * np.arcsin(np.sqrt(half)) - ISLAND[2])

    def is_land(self, lon, lat):
        return self._signed_km(lon, lat) < 0.0

    def distance_km(self, lon, lat):
        return np.abs(self._signed_km(lon, lat))

    def nearest_sea(self, lon, lat):
        return np.full_like(lon, SHORE_LON + 0.001), np.asarray(lat, np.float64)


COAST = TwoLands()


def source(**keys):
    """A source of the config, unchecked."""
    return ReleaseSource.model_construct(**{"name": "s", "kind": "point", **keys})


def config(*sources, on_land="error", direction="forward", step_minutes=60.0, shares=(0.3, 0.7), seed=20171123):
    classes = tuple(
        BoatClass(leeway=key, share=share) for key, share in zip(("FISHING-VESSEL-5", "SKIFF-3"), shares, strict=True)
    )
    return Config.model_construct(
        run=RunTable(
            start=datetime(2017, 10, 1), end=datetime(2018, 3, 31), step_minutes=step_minutes, direction=direction,
            seed=seed,
        ),
        boats=Boats(classes=classes, capsizing=Capsizing(becomes="SKIFF-3")),
        coast=CoastTable(domain=DOMAIN),
        release=ReleaseTable.model_construct(
            first=datetime(2017, 10, 3, 5), last=datetime(2017, 12, 5, 18), on_land=on_land, sources=sources
        ),
    )  # fmt: skip


def boats(*sources, n=20_000, coast=COAST, members=1, **keys):
    return release.plan(config(*sources, **keys), coast, members).boats(np.arange(n))


POLYGON = source(name="yamato", kind="polygon", points=YAMATO, weight=9.0)
BOX = source(name="box", kind="box", box=(128.2, 131.0, 37.3, 41.8), weight=2.0)
CIRCLE = source(name="circle", kind="circle", points=((133.4, 39.3),), radius_km=80.0, weight=1.0)


# Identity


def test_the_first_1000_of_10000_are_a_run_of_1000_and_order_does_not_matter():
    made = release.plan(config(POLYGON, BOX, CIRCLE), COAST, members=7)
    whole, few = made.boats(np.arange(10_000)), made.boats(np.arange(1_000))
    order = np.random.default_rng(3).permutation(10_000)
    mixed = made.boats(order)
    for name in ("number", "source", "member", "boat_class", "lon", "lat", "release_step", "release_time"):
        assert (getattr(whole, name)[:1_000] == getattr(few, name)).all()
        assert (getattr(mixed, name) == getattr(whole, name)[order]).all()
    assert (whole.member == np.arange(10_000) % 7).all()


def test_another_seed_gives_other_boats():
    one, two = boats(POLYGON, n=100, seed=1), boats(POLYGON, n=100, seed=2)
    assert (one.lon != two.lon).all()
    assert (release.plan(config(POLYGON, seed=1), COAST, seed=2).boats(np.arange(100)).lon == two.lon).all()


def test_types_and_slices():
    made = boats(POLYGON, n=10)
    assert [a.dtype for a in (made.source, made.member, made.boat_class, made.lon, made.release_step)] == [
        np.int16, np.int32, np.int16, np.float64, np.int32,
    ]  # fmt: skip
    assert (made[3:5].lon == made.lon[3:5]).all()
    assert release.plan(config(POLYGON), COAST).boats([]).lon.size == 0


def test_sources_and_classes_have_their_shares_independently():
    n = 100_000
    made = boats(POLYGON, BOX, CIRCLE, source(name="never", points=((134.0, 38.0),), weight=0.0), n=n)
    assert stats.chisquare(np.bincount(made.source), n * np.array([9, 2, 1]) / 12).pvalue > 1e-4
    assert stats.chisquare(np.bincount(made.boat_class), n * np.array([0.3, 0.7])).pvalue > 1e-4
    table = np.histogram2d(made.source, made.boat_class, bins=(3, 2))[0]
    assert stats.chi2_contingency(table).pvalue > 1e-4
    # Nor does the place or the date depend on the class.
    assert stats.ks_2samp(made.lon[made.boat_class == 0], made.lon[made.boat_class == 1]).pvalue > 1e-4
    assert (
        stats.ks_2samp(made.release_step[made.boat_class == 0], made.release_step[made.boat_class == 1]).pvalue > 1e-4
    )


# Dates


def test_dates_are_uniform_over_the_interval_and_on_the_step_grid():
    made = boats(POLYGON, step_minutes=30.0, n=50_000)
    first, last = (2 * 24 + 5) * 2, (65 * 24 + 18) * 2
    assert made.release_step.min() == first
    assert made.release_step.max() == last
    assert stats.kstest(made.release_step + 0.5, "uniform", (first, last - first + 1)).pvalue > 1e-4
    start = datetime(2017, 10, 1, tzinfo=UTC).timestamp()
    assert (made.release_time == start + 1800.0 * made.release_step).all()
    # The date does not follow from the place.
    assert abs(np.corrcoef(made.lon, made.release_step)[0, 1]) < 4.0 / np.sqrt(50_000)


def test_a_source_has_its_own_dates():
    own = source(points=((134.0, 38.0),), first=datetime(2017, 11, 1, 0, 20), last=datetime(2017, 11, 1, 2, 50))
    assert set(boats(own, n=500).release_step.tolist()) == {31 * 24 + 1, 31 * 24 + 2}
    short = source(points=((134.0, 38.0),), first=datetime(2017, 11, 1, 0, 40), last=datetime(2017, 11, 1, 0, 45))
    assert set(boats(short, n=50).release_step.tolist()) == {31 * 24 + 1}
    moment = source(points=((134.0, 38.0),), first=datetime(2017, 11, 1), last=datetime(2017, 11, 1))
    assert set(boats(moment, n=50).release_step.tolist()) == {31 * 24}


def test_listed_dates_are_equally_likely_and_snapped():
    listed = (datetime(2017, 11, 3, 0, 29), datetime(2017, 10, 2, 7, 31), datetime(2018, 3, 31), datetime(2018, 3, 31))
    made = boats(source(points=((134.0, 38.0),), dates=listed), n=8_000)
    steps, counts = np.unique(made.release_step, return_counts=True)
    assert steps.tolist() == [24 + 8, 33 * 24, 181 * 24]
    assert stats.chisquare(counts, [2_000, 2_000, 4_000]).pvalue > 1e-4


def test_daily_weights():
    made = boats(source(points=((134.0, 38.0),), first=datetime(2017, 10, 12), daily_weights=(1.0, 0.0, 3.0)), n=40_000)
    day, hour = np.divmod(made.release_step - 11 * 24, 24)
    assert stats.chisquare(np.bincount(day)[[0, 2]], [10_000, 30_000]).pvalue > 1e-4
    assert np.bincount(day)[1] == 0
    assert stats.chisquare(np.bincount(hour, minlength=24)).pvalue > 1e-4


def test_a_backward_run_counts_its_steps_from_its_end():
    forward, backward = boats(POLYGON, n=500), boats(POLYGON, n=500, direction="backward")
    assert (backward.release_time == forward.release_time).all()
    assert (backward.release_step == 181 * 24 - forward.release_step).all()


# Places


def _expected_shares(inside, west, east, south, north, nx=6, ny=5):
    """Share of an area in each of nx x ny boxes, by brute force on a fine grid."""
    lon = west + (np.arange(720) + 0.5) / 720 * (east - west)
    lat = south + (np.arange(600) + 0.5) / 600 * (north - south)
    x, y = np.meshgrid(lon, lat)
    weight = np.where(inside(x.ravel(), y.ravel()), np.cos(np.radians(y.ravel())), 0.0)
    total = np.histogram2d(x.ravel(), y.ravel(), (nx, ny), ((west, east), (south, north)), weights=weight)[0]
    return total / total.sum()


def _assert_uniform(made, inside, bounds):
    west, east, south, north = bounds
    share = _expected_shares(inside, *bounds).ravel()
    counts = np.histogram2d(made.lon, made.lat, (6, 5), ((west, east), (south, north)))[0].ravel()
    assert counts.sum() == made.lon.size
    fair = share * made.lon.size >= 5.0
    # Boxes that the area only grazes are thrown together.
    seen = np.append(counts[fair], counts[~fair].sum())
    wanted = np.append(share[fair], share[~fair].sum()) * made.lon.size
    keep = wanted > 0.0
    assert seen[~keep].sum() == 0.0
    assert stats.chisquare(seen[keep], wanted[keep]).pvalue > 1e-4


@pytest.mark.parametrize("coast", [None, COAST], ids=["all sea", "with land"])
def test_a_polygon_is_uniform_by_area_over_its_sea(coast):
    shape = shapely.Polygon(YAMATO)

    def inside(lon, lat):
        good = shapely.contains_xy(shape, lon, lat)
        return good if coast is None else good & ~coast.is_land(lon, lat)

    made = boats(POLYGON, n=100_000, coast=coast)
    assert inside(made.lon, made.lat).all()
    _assert_uniform(made, inside, (132.6, 136.4, 38.1, 40.6))


def test_a_box_is_uniform_by_area_over_its_sea():
    made = boats(BOX, n=100_000)
    assert not COAST.is_land(made.lon, made.lat).any()
    _assert_uniform(made, lambda lon, lat: ~COAST.is_land(lon, lat), (128.2, 131.0, 37.3, 41.8))
    # By area and not by degrees: the southern half of the latitudes holds more.
    all_sea = boats(source(kind="box", box=(128.0, 142.0, 33.5, 47.5)), n=100_000, coast=None)
    s, m, t = np.sin(np.radians([33.5, 40.5, 47.5]))
    south = (m - s) / (t - s)
    assert (all_sea.lat < 40.5).mean() == pytest.approx(south, abs=4.0 * 0.5 / np.sqrt(100_000))
    assert south > 0.52


def test_within_a_cell_too_it_is_area_that_counts():
    """Sine of latitude is uniform on a sphere; by degrees instead its mean would be off by 3e-5."""
    u, v = np.meshgrid((np.arange(20_000) + 0.5) / 20_000, (np.arange(40) + 0.5) / 40)
    lon, lat, good = Area((128.0, 33.0, 142.0, 47.0), []).draw(u.ravel(), v.ravel())
    assert good.all()
    assert lon.mean() == pytest.approx(135.0, abs=1e-3)
    assert np.sin(np.radians(lat)).mean() == pytest.approx(np.sin(np.radians([33.0, 47.0])).mean(), abs=5e-6)


@pytest.mark.parametrize("kind", ["point", "circle"])
def test_a_disc_is_uniform_within_its_radius(kind):
    disc = source(kind=kind, points=((137.7, 42.1),), radius_km=150.0)
    made = boats(disc, n=50_000)
    azimuth, _, metres = GEOD.inv(np.full(50_000, 137.7), np.full(50_000, 42.1), made.lon, made.lat)
    assert metres.max() < 150_000.0
    assert stats.kstest((metres / 150_000.0) ** 2, "uniform").pvalue > 1e-4
    assert stats.kstest((azimuth + 180.0) / 360.0, "uniform").pvalue > 1e-4


def test_a_circle_over_land_keeps_to_its_sea():
    made = boats(CIRCLE, n=50_000)
    assert not COAST.is_land(made.lon, made.lat).any()

    def inside(lon, lat):
        metres = GEOD.inv(np.full(lon.size, 133.4), np.full(lon.size, 39.3), lon, lat)[2]
        return (metres < 80_000.0) & ~COAST.is_land(lon, lat)

    _assert_uniform(made, inside, (132.4, 134.4, 38.5, 40.1))


def test_a_thin_slanted_polygon_is_uniform_too():
    thin = ((130.0, 37.0), (140.0, 45.0), (140.0, 45.01), (130.0, 37.01))
    made = boats(source(kind="polygon", points=thin), n=20_000, coast=None)
    assert shapely.contains_xy(shapely.Polygon(thin), made.lon, made.lat).all()
    weight = np.cos(np.radians(np.linspace(37.0, 45.0, 2_001)))
    cumulative = np.concatenate([[0.0], np.cumsum(0.5 * (weight[1:] + weight[:-1]))])
    along = np.interp(made.lon, np.linspace(130.0, 140.0, 2_001), cumulative / cumulative[-1])
    assert stats.kstest(along, "uniform").pvalue > 1e-4


def test_a_line_is_uniform_by_length_over_its_sea():
    made = boats(source(kind="line", points=((129.0, 37.2), (131.0, 37.2), (131.0, 44.0))), n=50_000)
    assert (made.lon >= SHORE_LON).all()  # the part on land is left out
    corner = GEOD.inv(SHORE_LON, 37.2, 131.0, 37.2)[2]
    rest = GEOD.inv(131.0, 37.2, 131.0, 44.0)[2]
    first = np.abs(made.lat - 37.2) < 1e-9
    assert first.mean() == pytest.approx(corner / (corner + rest), abs=4.0 * 0.5 / np.sqrt(50_000))
    along = GEOD.inv(np.full((~first).sum(), 131.0), np.full((~first).sum(), 37.2), made.lon[~first], made.lat[~first])
    assert stats.kstest(along[2] / rest, "uniform").pvalue > 1e-4


def test_points_are_taken_as_they_are():
    made = boats(source(points=((134.25, 38.75),)), n=100)
    assert (made.lon == 134.25).all()
    assert (made.lat == 38.75).all()


def test_a_point_on_land_is_named_or_moved():
    dry = source(name="inland", points=((128.75, 39.5),))
    with pytest.raises(InputError, match=r"'inland': on land: point \[128.75, 39.5\]"):
        release.plan(config(dry), COAST)
    made = boats(dry, on_land="move", n=10)
    assert (made.lon == SHORE_LON + 0.001).all()
    assert (made.lat == 39.5).all()
    assert (boats(dry, coast=None, n=10).lon == 128.75).all()


# GeoJSON


def _geojson(folder, *geometries):
    path = folder / "source.geojson"
    features = [{"type": "Feature", "properties": {}, "geometry": geometry} for geometry in geometries]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return source(kind="geojson", file=str(path))


def _rectangle(west, east, south, north):
    return shapely.geometry.mapping(shapely.box(west, south, east, north))


def test_geojson_areas_by_area(tmp_path):
    # The second of them in another branch of longitude: 137..141 E.
    entry = _geojson(tmp_path, _rectangle(131.0, 132.0, 36.0, 37.0), _rectangle(-223.0, -219.0, 44.0, 46.0))
    made = boats(entry, n=50_000)
    small = made.lon < 133.0
    assert ((made.lon[small] >= 131.0) & (made.lon[small] <= 132.0)).all()
    assert ((made.lon[~small] >= 137.0) & (made.lon[~small] <= 141.0)).all()
    areas = [e * (np.sin(np.radians(n)) - np.sin(np.radians(s))) for e, s, n in ((1, 36, 37), (4, 44, 46))]
    assert small.mean() == pytest.approx(areas[0] / sum(areas), abs=4.0 * 0.35 / np.sqrt(50_000))


def test_geojson_lines_and_points(tmp_path):
    lines = [
        {"type": "LineString", "coordinates": [[131.0, 36.0, 0.0], [131.0, 37.0, 0.0]]},
        {"type": "MultiLineString", "coordinates": [[[133.0, 40.0], [133.0, 41.0]], [[135.0, 40.0], [135.0, 42.0]]]},
    ]
    made = boats(_geojson(tmp_path, *lines), n=20_000)
    lon, counts = np.unique(made.lon, return_counts=True)
    assert lon.tolist() == [131.0, 133.0, 135.0]
    assert counts / 20_000 == pytest.approx([0.25, 0.25, 0.5], abs=0.015)
    made = boats(_geojson(tmp_path, {"type": "MultiPoint", "coordinates": [[134.0, 38.0], [136.0, 41.0]]}), n=1_000)
    assert set(zip(made.lon.tolist(), made.lat.tolist(), strict=True)) == {(134.0, 38.0), (136.0, 41.0)}


def test_geojson_cut_at_180_degrees_is_one_area_again(tmp_path):
    """RFC 7946 cuts what crosses the antimeridian in two; the domain has one branch of longitude."""
    west, east = _rectangle(176.0, 180.0, 44.0, 46.0), _rectangle(-180.0, -179.0, 44.0, 46.0)
    cut = {"type": "MultiPolygon", "coordinates": [west["coordinates"], east["coordinates"]]}
    entry = _geojson(tmp_path, cut)
    given = config(entry)
    pacific = given.coast.model_copy(update={"domain": (170.0, 190.0, 40.0, 50.0)})
    made = release.plan(given.model_copy(update={"coast": pacific}), None).boats(np.arange(20_000))
    assert 176.0 <= made.lon.min() < 176.01 and 180.99 < made.lon.max() <= 181.0
    share = (made.lon > 180.0).mean()
    assert abs(share - 0.2) < 4.0 * np.sqrt(0.2 * 0.8 / 20_000)


def test_dates_between_steps_are_told_of():
    day = {"first": datetime(2017, 11, 5, 6, 40), "last": datetime(2017, 11, 5, 6, 40)}
    span = {"first": datetime(2017, 11, 5, 6, 20), "last": datetime(2017, 11, 9, 21, 10)}
    moments = (datetime(2017, 11, 7, 3), datetime(2017, 11, 7, 3, 20))
    for keys, told in (
        (day, ["s: 2017-11-05 06:40 lies between steps, release at 2017-11-05 07:00"]),
        (span, ["s: 2017-11-05 06:20 lies between steps, first release at 2017-11-05 07:00",
                "s: 2017-11-09 21:10 lies between steps, last release at 2017-11-09 21:00"]),
        ({"dates": moments}, ["s: 2017-11-07 03:20 lies between steps, release at 2017-11-07 03:00"]),
        ({"dates": moments[:1]}, []),
    ):  # fmt: skip
        given = config(source(points=((136.0, 41.0),), **keys))
        assert release.between_steps(given, release.plan(given, COAST)) == told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read"),
        ("{", "not JSON"),
        ("[1, 2]", "not GeoJSON"),
        ('{"type": "FeatureCollection", "features": []}', "no feature"),
        ('{"type": "Polygon", "coordinates": "x"}', "not GeoJSON"),
        ('{"type": "Point", "coordinates": [41.0, 131.0]}', "longitude comes first"),
        ('{"type": "Point", "coordinates": [128.5, 40.0]}', "on land"),
        (
            '{"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [134.0, 38.0]},'
            '{"type": "LineString", "coordinates": [[134.0, 38.0], [135.0, 38.5]]}]}',
            "mixed",
        ),
    ],
)
def test_bad_geojson_is_refused_by_name(tmp_path, text, message):
    path = tmp_path / "bad.geojson"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        release.plan(config(source(kind="geojson", file=str(path))), COAST)
    assert "bad.geojson" in str(caught.value)


# Ports


def test_ports_have_unique_names_and_lie_where_they_should():
    names = [name.casefold() for port in area.default().ports for name in (port.name, *port.aliases)]
    assert len(names) == len(set(names))
    for wanted in ("Chongjin", "Kimchaek", "Sinpo", "Hungnam", "Wonsan", "Rason", "najin", "Songjin"):
        assert area.default().port(wanted).country == "North Korea"
    # On the shipped coast each port is at the water's edge.
    coast = _real_coast()
    for port in area.default().ports:
        assert coast.distance_km(port.lon, port.lat) < 3.0, port


def _real_coast():
    from driftsim.area import shoreline

    return shoreline.load()


@pytest.mark.parametrize("port", ["Chongjin", "Kimchaek", "Sinpo", "Hungnam", "Wonsan", "Rason"])
def test_boats_off_a_port_are_20_km_from_every_shore(port):
    coast = _real_coast()
    made = boats(source(kind="port", port=port), n=5_000, coast=coast)
    place = area.default().port(port)
    metres = GEOD.inv(np.full(5_000, place.lon), np.full(5_000, place.lat), made.lon, made.lat)[2]
    assert metres.min() >= 20_000.0
    assert metres.max() <= 60_000.0
    assert coast.distance_km(made.lon, made.lat).min() >= 20.0
    assert not coast.is_land(made.lon, made.lat).any()


def test_boats_off_a_port_are_uniform_by_area():
    coast, place = TwoLands(), area.default().port("kimchaek")
    made = boats(source(kind="port", port="Kimchaek", min_offshore_km=15.0, max_offshore_km=70.0), n=50_000)

    def inside(lon, lat):
        metres = GEOD.inv(np.full(lon.size, place.lon), np.full(lon.size, place.lat), lon, lat)[2]
        sea = ~coast.is_land(lon, lat) & (coast.distance_km(lon, lat) >= 15.0)
        return (metres >= 15_000.0) & (metres <= 70_000.0) & sea

    assert inside(made.lon, made.lat).all()
    _assert_uniform(made, inside, (129.4, 130.1, 39.9, 41.4))


def test_areas_on_the_real_coast_hold_no_boat_on_land():
    coast = _real_coast()
    made = boats(source(kind="box", box=(136.0, 139.5, 36.3, 39.0)), n=50_000, coast=coast)  # Noto, Sado
    assert not coast.is_land(made.lon, made.lat).any()
    _assert_uniform(made, lambda lon, lat: ~coast.is_land(lon, lat), (136.0, 139.5, 36.3, 39.0))


# What is refused: what needs the coast or a file. The rest is refused by the config (tests/corpus/broken_configs.py).

DRY = source(kind="box", box=(127.5, 129.2, 38.0, 39.0))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (source(kind="circle", points=((142.5, 38.0),), radius_km=80.0), "outside the domain"),
        (source(kind="circle", points=((128.0, 39.5),), radius_km=30.0), "none of it is sea|lies on land"),
        (source(kind="line", points=((128.0, 38.0), (129.0, 39.0))), "lies on land"),
        (DRY, "none of it is sea|lies on land"),
        (source(kind="port", port="Wonsan"), "no sea between 20 and 60 km from Wonsan"),
    ],
)
def test_bad_sources_are_refused_by_name(entry, message):
    named = entry.model_copy(update={"name": "off Cape X"})
    with pytest.raises(InputError, match=message) as caught:
        release.plan(config(named), COAST)
    assert "'off Cape X'" in str(caught.value)


def test_all_bad_sources_are_told_at_once():
    with pytest.raises(InputError) as caught:
        release.plan(
            config(source(name="a", points=((128.75, 39.5),)), POLYGON, DRY.model_copy(update={"name": "b"})), COAST
        )
    assert "'a'" in str(caught.value)
    assert "'b'" in str(caught.value)


def test_other_bad_input():
    with pytest.raises(InputError, match="members"):
        release.plan(config(POLYGON), COAST, members=0)
    with pytest.raises(InputError, match="boat numbers"):
        release.plan(config(POLYGON), COAST).boats([-1])
