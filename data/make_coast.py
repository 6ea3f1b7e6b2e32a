"""Builds data/areas/sea_of_japan/shoreline.npz: shoreline, stretches, generalised lines and rasters.

    python data/make_coast.py        (needs roaring-landmask, shapely, scipy, pyproj and the checkout itself; a minute)

The shoreline is GSHHG, full resolution, level 1 (the boundary between sea and land), as carried by the package
roaring-landmask: one xz stream inside its compiled library, a WKB MultiPolygon of the world. It is cut to the box
below; its coordinates are whole microdegrees and stay so, hence nothing is lost.

The boundaries between stretches are points on the coast, given here by hand; the nearest vertex is taken. Islands
belong to the stretch of the nearest mainland unless ISLANDS says otherwise.
"""

from __future__ import annotations

import hashlib
import lzma
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from scipy.spatial import cKDTree

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from driftsim.area.coast import earth_xyz  # noqa: E402
from driftsim.area.regions import CODES, STRETCHES  # noqa: E402
from driftsim.kernels.shore import CLEAR_UNIT_M  # noqa: E402

WKB_SHA256 = "44e133b572fed18a2a94616a37b840591ca16154a0c6ab943bc945e347aece13"
WEST, EAST, SOUTH, NORTH = 125, 145, 30, 53
PER_DEGREE = 60
NX, NY = (EAST - WEST) * PER_DEGREE, (NORTH - SOUTH) * PER_DEGREE
MICRO = 1_000_000
NEAR_KM = 20.0
CLOSING_KM = 1.0  # lines pass by inlets with a mouth narrower than twice this: harbours, rivers, lagoons
LINE_TOLERANCE_KM = 1.0  # leaves pieces of about 5 km

#: A place on each mainland, and the boundaries along it, in order, land on the right hand (clockwise): the stretch
#: named begins at the point. Prefecture boundaries were read from Global Map Japan (GSI), within some hundred metres.
MAINLANDS: dict[str, tuple[tuple[float, float], list[tuple[str, float, float]]]] = {
    "honshu": (
        (138.0, 36.5),
        [
            ("yamaguchi", 132.2391, 34.2104),
            ("shimane_mainland", 131.6942, 34.6796),
            ("tottori", 133.2462, 35.5492),
            ("hyogo", 134.3721, 35.6083),
            ("kyoto", 134.8683, 35.6596),
            ("fukui", 135.4863, 35.5575),
            ("ishikawa_south", 136.2434, 36.2962),
            ("noto", 136.7170, 36.7970),  # Kahoku / Hodatsushimizu, +- 1 km
            ("toyama", 137.0529, 36.9608),
            ("niigata_mainland", 137.6316, 36.9821),
            ("yamagata", 139.5483, 38.5538),
            ("akita", 139.8696, 39.1192),
            ("aomori_japan_sea", 139.9371, 40.4325),
            ("aomori_strait", 140.3440, 41.2610),  # Cape Tappi
            ("aomori_mutsu_bay", 140.6270, 41.1880),  # Myojinzaki
            ("aomori_strait", 140.7900, 41.2450),  # Yakeyamazaki
            ("aomori_pacific", 141.4640, 41.4310),  # Cape Shiriya
            ("honshu_pacific", 141.6825, 40.4529),
            ("hyogo", 135.4125, 34.7021),
            ("honshu_pacific", 134.3225, 34.7229),
        ],
    ),
    "hokkaido": ((143.0, 43.0), [("hokkaido", 140.0, 41.5)]),
    "kyushu": ((131.0, 33.0), [("kyushu", 130.9, 33.9)]),
    "shikoku": ((133.5, 33.7), [("honshu_pacific", 134.0, 34.3)]),
    "continent": (
        (127.5, 40.5),
        [
            ("russia", 125.0, 53.0),  # the box's corner
            ("north_korea", 130.6990, 42.2930),  # mouth of the Tumen
            ("south_korea", 128.3640, 38.6120),  # the line of 1953, east
            ("north_korea", 126.6800, 37.7700),  # the line of 1953, west: estuary of the Han
        ],
    ),
    "sakhalin": ((142.8, 50.0), [("russia", 142.0, 46.0)]),
}

#: Islands whose nearest mainland is not theirs: every island whose middle lies in the box (W, E, S, N). Later ones win.
ISLANDS: list[tuple[str, tuple[float, float, float, float]]] = [
    ("tobishima", (139.45, 139.65, 39.10, 39.30)),
    ("awashima", (139.15, 139.35, 38.40, 38.55)),
    ("sado", (138.10, 138.70, 37.70, 38.45)),
    ("noto", (136.70, 137.20, 37.50, 38.00)),  # Hegura, Nanatsujima
    ("oki", (132.85, 133.50, 35.90, 36.45)),
    ("tsushima", (129.10, 129.60, 34.00, 34.80)),
    ("okushiri", (139.30, 139.65, 41.95, 42.35)),
    ("ulleung", (130.70, 131.05, 37.35, 37.65)),
    ("liancourt", (131.75, 132.00, 37.15, 37.35)),
    ("south_korea", (125.00, 126.60, 37.55, 37.75)),  # islands of Ongjin and Ganghwa
    ("south_korea", (126.15, 126.40, 37.74, 37.83)),  # Gyodong
    ("south_korea", (126.00, 127.10, 33.00, 33.70)),  # Jeju
    ("tottori", (133.24, 133.28, 35.54, 35.56)),  # quays of Sakaiminato
    ("yamaguchi", (132.25, 132.46, 33.74, 34.075)),  # south of Suo-Oshima, Hashirajima
    ("yamaguchi", (132.46, 132.494, 33.94, 33.97)),  # Nasake-jima and its neighbour
    ("honshu_pacific", (132.28, 132.34, 34.10, 34.21)),  # islands of Otake, Hiroshima
    ("hyogo", (134.80, 134.84, 34.15, 34.18)),  # Nushima
    ("hyogo", (134.68, 134.72, 34.23, 34.26)),  # Awaji's side of Naruto
]

#: Generalised lines: key, mainland or a place on the island, start (None: the southernmost point), end (None: same).
LINES: list[tuple[str, str | tuple[float, float], tuple[float, float] | None, tuple[float, float] | None]] = [
    ("honshu_japan_sea", "honshu", (130.9530, 33.9620), (141.4640, 41.4310)),  # Kanmon to Cape Shiriya
    ("honshu_pacific", "honshu", (141.4640, 41.4310), (130.9530, 33.9620)),
    ("hokkaido", "hokkaido", None, None),
    ("kyushu", "kyushu", (130.9600, 33.9550), None),
    ("shikoku", "shikoku", None, None),
    ("continent", "continent", None, None),
    ("sakhalin", "sakhalin", None, None),
    ("sado", (138.37, 38.05), None, None),
    ("awashima", (139.24, 38.46), None, None),
    ("tobishima", (139.548, 39.187), None, None),
    ("okushiri", (139.46, 42.15), None, None),
    ("rishiri", (141.24, 45.18), None, None),
    ("rebun", (141.03, 45.38), None, None),
    ("hegura", (136.918, 37.85), None, None),
    ("notojima", (137.0, 37.12), None, None),
    ("oki_dogo", (133.28, 36.25), None, None),
    ("oki_nishinoshima", (133.0, 36.09), None, None),
    ("oki_nakanoshima", (133.1, 36.08), None, None),
    ("oki_chiburi", (133.04, 36.01), None, None),
    ("tsushima_north", (129.38, 34.55), None, None),
    ("tsushima_south", (129.25, 34.2), None, None),
    ("iki", (129.7, 33.79), None, None),
    ("awaji", (134.85, 34.4), None, None),
    ("jeju", (126.55, 33.38), None, None),
    ("ulleung", (130.86, 37.5), None, None),
    ("liancourt", (131.868, 37.24), None, None),
    ("moneron", (141.24, 46.26), None, None),
]


def world() -> NDArray[np.object_]:
    """All GSHHG polygons, from the package's compiled library."""
    import roaring_landmask

    library = Path(roaring_landmask.__file__).parent
    blob = next(library.glob("roaring_landmask*.so"), None) or next(library.glob("*.pyd"))
    packed = blob.read_bytes()
    start = 0
    while (start := packed.find(b"\xfd7zXZ\x00", start)) >= 0:
        try:
            raw = lzma.LZMADecompressor().decompress(packed[start:])
        except lzma.LZMAError:
            raw = b""
        if hashlib.sha256(raw).hexdigest() == WKB_SHA256:
            return shapely.get_parts(shapely.from_wkb(raw))
        start += 1
    raise SystemExit(f"{blob}: holds no GSHHG polygons with SHA-256 {WKB_SHA256}; install roaring-landmask 0.11.0")


def cut(polygons: NDArray[np.object_], box: tuple[float, float, float, float]) -> list[NDArray[np.int64]]:
    """Rings inside the box in microdegrees, clockwise, closed, largest first."""
    west, east, south, north = box
    bounds = shapely.bounds(polygons)
    inside = (bounds[:, 0] < east) & (bounds[:, 2] > west) & (bounds[:, 1] < north) & (bounds[:, 3] > south)
    pieces = shapely.get_parts(shapely.intersection(polygons[inside], shapely.box(west, south, east, north)))
    pieces = pieces[(shapely.get_type_id(pieces) == 3) & ~shapely.is_empty(pieces)]
    rings = []
    for piece in pieces[np.argsort(-shapely.area(pieces), kind="stable")]:
        if len(piece.interiors):
            raise SystemExit("a hole in a level-1 polygon")
        xy = np.rint(shapely.get_coordinates(piece.exterior) * MICRO).astype(np.int64)
        xy = xy[np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]]
        if len(xy) >= 4:
            rings.append(xy[::-1] if shapely.is_ccw(piece.exterior) else xy)
    return rings


def on_cut(xy: NDArray[np.int64], tolerance: int = 0) -> NDArray[np.bool_]:
    """Which edges of a closed ring lie on the box's boundary, within some microdegrees: no shore."""
    a, b = xy[:-1], xy[1:]
    found = np.zeros(len(a), bool)
    for axis, edges in ((0, (WEST, EAST)), (1, (SOUTH, NORTH))):
        for edge in edges:
            here = [np.abs(p[:, axis] - edge * MICRO) <= tolerance for p in (a, b)]
            found |= here[0] & here[1]
    return found


def ring_at(rings: list[NDArray[np.int64]], place: tuple[float, float]) -> int:
    """Index of the ring that holds a place, else of the nearest."""
    point = shapely.Point(place)
    near = [
        (shapely.distance(shapely.Polygon(ring / MICRO), point), i)
        for i, ring in enumerate(rings)
        if (ring.min(0) / MICRO - 0.2 < place).all() and (ring.max(0) / MICRO + 0.2 > place).all()
    ]
    distance, index = min(near)
    if distance > 0.05:
        raise SystemExit(f"no land at {place}")
    return index


def nearest_vertex(ring: NDArray[np.int64], lon: float, lat: float) -> int:
    """Index of the vertex nearest to a place; the closing vertex is left out."""
    d = (ring[:-1] / MICRO - (lon, lat)) * (np.cos(np.radians(lat)), 1.0)
    return int(np.argmin((d**2).sum(1)))


def mainland_codes(ring: NDArray[np.int64], marks: list[tuple[str, float, float]]) -> NDArray[np.uint8]:
    """Stretch of each edge of a mainland's ring from the boundaries along it, which must come in the ring's order."""
    n = len(ring) - 1
    at = [nearest_vertex(ring, lon, lat) for _, lon, lat in marks]
    start = at[0]
    order = [(i - start) % n for i in at]
    if order != sorted(order):
        raise SystemExit(f"boundaries out of order: {[m[0] for m in marks]}, {order}")
    codes = np.empty(n, np.uint8)
    for (key, _, _), first, after in zip(marks, order, [*order[1:], n], strict=True):
        codes[(start + np.arange(first, after)) % n] = CODES[key]
    return codes


def stretches(rings: list[NDArray[np.int64]]) -> tuple[list[NDArray[np.uint8]], dict[str, int]]:
    """Stretch code of each edge of each ring, and which ring is which mainland."""
    mainland = {key: ring_at(rings, place) for key, (place, _) in MAINLANDS.items()}
    codes: list[NDArray[np.uint8] | None] = [None] * len(rings)
    points, owners = [], []
    for key, index in mainland.items():
        marks = MAINLANDS[key][1]
        ring = rings[index]
        codes[index] = mainland_codes(ring, marks)
        shore = ~on_cut(ring)
        points.append(0.5 * (ring[:-1] + ring[1:])[shore] / MICRO)
        owners.append(codes[index][shore])
    where = np.concatenate(points)
    tree, owner = cKDTree(earth_xyz(where[:, 0], where[:, 1])), np.concatenate(owners)
    for i, ring in enumerate(rings):
        if codes[i] is None:
            codes[i] = np.full(len(ring) - 1, island_code(ring, tree, owner), np.uint8)
    return codes, mainland  # type: ignore[return-value]


def island_code(ring: NDArray[np.int64], tree: cKDTree, owner: NDArray[np.uint8]) -> int:
    """Stretch of an island: its box in ISLANDS, else that of the nearest mainland shore."""
    lon, lat = 0.5 * (ring.min(0) + ring.max(0)) / MICRO
    code = None
    for key, (west, east, south, north) in ISLANDS:
        if west < lon < east and south < lat < north:
            code = CODES[key]
    if code is None:
        vertices = ring[:-1] / MICRO
        distance, index = tree.query(earth_xyz(vertices[:, 0], vertices[:, 1]))
        code = int(owner[index[np.argmin(distance)]])
    return code


def closed(ring: NDArray[np.int64], codes: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """A ring with its narrow inlets shut (grown and shrunk again), and the stretch of each of its edges."""
    scale = np.array([111.32 * np.cos(np.radians(ring[:, 1].mean() / MICRO)), 111.13]) / MICRO
    radius = min(CLOSING_KM, (np.ptp(ring, axis=0) * scale).max() / 16.0)
    shape = shapely.make_valid(shapely.Polygon(ring * scale)).buffer(radius, quad_segs=8).buffer(-radius, quad_segs=8)
    largest = max(shapely.get_parts(shape), key=shapely.area)
    outline = shapely.get_coordinates(shapely.LinearRing(largest.exterior.coords).segmentize(0.5))
    xy = np.rint(outline[:: -1 if largest.exterior.is_ccw else 1] / scale).astype(np.int64)
    points, owner = sampled([ring], [codes])
    middle = 0.5 * (xy[:-1] + xy[1:]) / MICRO
    return xy, owner[cKDTree(points).query(earth_xyz(middle[:, 0], middle[:, 1]))[1]]


def generalised(
    ring: NDArray[np.int64], codes: NDArray[np.uint8], first: int, count: int
) -> tuple[NDArray[np.float64], NDArray[np.int16]]:
    """Simplified line along ``count`` edges of a ring from vertex ``first``, and the stretch of each of its pieces.

    Stretch by stretch, so that the boundaries between stretches are vertices of the line.
    """
    n = len(ring) - 1
    xy = ring[(first + np.arange(count + 1)) % n] / MICRO
    code = codes[(first + np.arange(count)) % n]
    shrink = np.cos(np.radians(xy[:, 1].mean()))
    size_km = 111.0 * np.ptp(xy * (shrink, 1.0), axis=0).max()
    tolerance = min(LINE_TOLERANCE_KM, size_km / 8.0) / 111.0
    breaks = np.unique(np.r_[0, np.flatnonzero(np.diff(code)) + 1, count])
    if len(breaks) == 2 and (xy[0] == xy[-1]).all():  # a loop: Douglas-Peucker needs two ends
        far = int(np.argmax((((xy - xy[0]) * (shrink, 1.0)) ** 2).sum(1)))
        breaks = np.unique(np.r_[breaks, far])
    points, owner = [xy[:1]], []
    for a, b in pairwise(breaks):
        line = shapely.simplify(shapely.LineString(xy[a : b + 1] * (shrink, 1.0)), tolerance, preserve_topology=False)
        kept = shapely.get_coordinates(line) / (shrink, 1.0)
        points.append(kept[1:])
        owner.append(np.full(len(kept) - 1, code[a], np.int16))
    return np.concatenate(points), np.concatenate(owner)


def lines(rings: list, codes: list, mainland: dict[str, int]) -> dict[str, NDArray]:
    """The generalised lines, one after the other, with their kilometres and the stretch of each piece."""
    geod = Geod(ellps="WGS84")
    xy, km, stretch, starts = [], [], [], [0]
    for key, place, begin, end in LINES:
        index = mainland[place] if isinstance(place, str) else ring_at(rings, place)
        ring, code = closed(rings[index], codes[index])
        n = len(ring) - 1
        gaps = np.flatnonzero(on_cut(ring, tolerance=200))
        if len(gaps):  # open: from the end of the last of the cut edges that follow each other to the next one
            runs = [(int(g + 1) % n, int((gaps[(i + 1) % len(gaps)] - g - 1) % n)) for i, g in enumerate(gaps)]
            first, count = max(runs, key=lambda run: run[1])
        else:
            first = int(np.argmin(ring[:-1, 1])) if begin is None else nearest_vertex(ring, *begin)
            count = n if end is None else (nearest_vertex(ring, *end) - first) % n
        line, owner = generalised(ring, code, first, count)
        length = geod.inv(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])[2] / 1000.0
        print(f"  line {key:18s} {length.sum():8.1f} km, {len(owner):4d} pieces of {length.mean():.1f} km")
        xy.append(line)
        km.append(np.r_[0.0, np.cumsum(length)])
        stretch.append(np.r_[owner, -1])
        starts.append(starts[-1] + len(line))
    return {
        "line_keys": np.array([line[0] for line in LINES]),
        "line_starts": np.array(starts, np.int32),
        "line_xy": np.rint(np.concatenate(xy) * MICRO).astype(np.int32),
        "line_km": np.concatenate(km).astype(np.float32),
        "line_stretch": np.concatenate(stretch).astype(np.int8),
    }


def sampled(rings: list[NDArray[np.int64]], codes: list[NDArray[np.uint8]]) -> tuple[NDArray, NDArray]:
    """Points no more than 100 m apart along the shore (earth-centred metres), and their stretches."""
    points, owner = [], []
    for ring, code in zip(rings, codes, strict=True):
        shore = ~on_cut(ring)
        a, b = ring[:-1][shore] / MICRO, ring[1:][shore] / MICRO
        number = np.ceil(np.hypot(*((b - a) * (90_000.0, 111_500.0)).T) / 100.0).astype(int).clip(1)
        which = np.repeat(np.arange(len(a)), number)
        along = (np.arange(len(which)) - np.repeat(np.cumsum(number) - number, number) + 0.5) / number[which]
        points.append(a[which] + along[:, None] * (b - a)[which])
        owner.append(code[shore][which])
    where = np.concatenate(points)
    return earth_xyz(where[:, 0], where[:, 1]), np.concatenate(owner)


def centres() -> NDArray[np.float64]:
    """Cell centres in earth-centred metres, (NY * NX, 3)."""
    lon = WEST + (np.arange(NX) + 0.5) / PER_DEGREE
    lat = SOUTH + (np.arange(NY) + 0.5) / PER_DEGREE
    x, y = np.meshgrid(lon, lat)
    return earth_xyz(x.ravel(), y.ravel())


def land_raster(rings: list[NDArray[np.int64]]) -> NDArray[np.bool_]:
    """Which cell centres are on land: parity along each row of centres. Cut edges count, the rings must be closed."""
    toggles = np.zeros((NY, NX + 1), np.int32)
    a = np.concatenate([ring[:-1] for ring in rings]) / MICRO
    b = np.concatenate([ring[1:] for ring in rings]) / MICRO
    ya, yb = ((p[:, 1] - SOUTH) * PER_DEGREE - 0.5 for p in (a, b))  # whole numbers are rows of centres
    low, high = np.ceil(np.minimum(ya, yb)).astype(int), np.ceil(np.maximum(ya, yb)).astype(int)
    low, high = low.clip(0, NY), high.clip(0, NY)
    which = np.repeat(np.arange(len(a)), high - low)
    row = low[which] + np.arange(len(which)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    along = (row - ya[which]) / (yb - ya)[which]
    lon = a[which, 0] + along * (b - a)[which, 0]
    column = np.ceil((lon - WEST) * PER_DEGREE - 0.5).astype(int).clip(0, NX)
    np.add.at(toggles, (row, column), 1)
    return np.cumsum(toggles, axis=1)[:, :NX] % 2 == 1


def near_raster(points: NDArray, owner: NDArray) -> tuple[NDArray[np.uint16], NDArray[np.uint64]]:
    """Code of the set of stretches within 20 km of each cell's centre, and the sets as bits."""
    bits = np.zeros(NX * NY, np.uint64)
    where = centres()
    for code in range(len(STRETCHES)):
        mine = points[owner == code]
        box = [mine.min(0) - 1000 * NEAR_KM, mine.max(0) + 1000 * NEAR_KM]
        close = np.flatnonzero(((where >= box[0]) & (where <= box[1])).all(1))
        distance, _ = cKDTree(mine[::4]).query(where[close], distance_upper_bound=1000 * NEAR_KM)
        bits[close[np.isfinite(distance)]] |= np.uint64(1) << np.uint64(code)
    masks, near = np.unique(bits, return_inverse=True)
    return near.astype(np.uint16), masks


def clear_raster(polygons: NDArray[np.object_]) -> NDArray[np.uint8]:
    """Lower bound on the distance to shore from anywhere in a cell. Shores up to 0.7 degrees outside count too."""
    rings = cut(polygons, (WEST - 0.7, EAST + 0.7, SOUTH - 0.7, NORTH + 0.7))
    points, _ = sampled(rings, [np.zeros(len(ring) - 1, np.uint8) for ring in rings])
    distance, _ = cKDTree(points).query(centres(), distance_upper_bound=70_000.0)
    lat = np.repeat(SOUTH + np.arange(NY) / PER_DEGREE, NX)
    corner = 0.5 / PER_DEGREE * np.hypot(111_400.0 * np.cos(np.radians(lat)), 111_300.0)  # farthest point of the cell
    bound = np.minimum(distance, 70_000.0) - corner - 60.0  # the samples are 100 m apart
    return np.floor(bound / CLEAR_UNIT_M).clip(0, 255).astype(np.uint8)


def main() -> None:
    polygons = world()
    rings = cut(polygons, (WEST, EAST, SOUTH, NORTH))
    codes, mainland = stretches(rings)
    print(f"{len(rings)} rings, {sum(map(len, rings))} vertices")
    points, owner = sampled(rings, codes)
    for code, stretch in enumerate(STRETCHES):
        print(f"  {stretch.key:18s} {sum((c == code).sum() for c in codes):7d} segments")
    near, masks = near_raster(points, owner)
    vertices = np.concatenate(rings)
    np.savez_compressed(
        HERE / "areas" / "sea_of_japan" / "shoreline.npz",
        box=np.array([WEST, EAST, SOUTH, NORTH], np.float64),
        per_degree=np.array(PER_DEGREE),
        # Differences of microdegrees pack three times better than the values.
        vertices=np.diff(vertices.T, axis=1, prepend=0).astype(np.int32),
        ring_starts=np.r_[0, np.cumsum([len(ring) for ring in rings])].astype(np.int32),
        # The slot between a ring's last vertex and the next ring's first is no segment; it repeats the last code.
        stretch=np.concatenate([np.r_[c, c[-1]] for c in codes]),
        stretch_keys=np.array([stretch.key for stretch in STRETCHES]),
        land=np.packbits(land_raster(rings)),
        clear=clear_raster(polygons),
        near=near,
        masks=masks,
        **lines(rings, codes, mainland),
    )
    path = HERE / "areas" / "sea_of_japan" / "shoreline.npz"
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
