"""KML, GPX and shapefiles of places that must be refused, and some that must not."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import NamedTuple

from .broken_geojson import CROSSED, RING


class BrokenVectors(NamedTuple):
    """The file's ending, what stands in it, and what the message must say."""

    name: str
    ending: str
    content: bytes
    says: str


def kml(body: str) -> bytes:
    """A KML document with one placemark."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>'
        f"<Placemark><name>Oga beach</name>{body}</Placemark></Folder></Document></kml>"
    ).encode()


def gpx(body: str) -> bytes:
    """A GPX document."""
    return f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{body}</gpx>'.encode()


def ring(points: list[list[float]]) -> str:
    """Coordinates as KML writes them, with heights."""
    return " ".join(f"{lon},{lat},3.5" for lon, lat in points)


def polygon(points: list[list[float]], holes: str = "") -> str:
    """A polygon of KML."""
    outer = f"<outerBoundaryIs><LinearRing><coordinates>{ring(points)}</coordinates></LinearRing></outerBoundaryIs>"
    return f"<Polygon>{outer}{holes}</Polygon>"


def zipped(**files: bytes) -> bytes:
    """A ZIP archive; a _ in a name stands for its dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


def track(points: list[list[float]]) -> str:
    """A track of GPX with one segment."""
    inner = "".join(f'<trkpt lat="{lat}" lon="{lon}"><time>2017-11-02T00:00:00Z</time></trkpt>' for lon, lat in points)
    return f"<trk><name>drift</name><trkseg>{inner}</trkseg></trk>"


def shp(kind: int, body: bytes, *, length: int | None = None) -> bytes:
    """A shapefile of one record, with its header."""
    record = struct.pack("<i", kind) + body
    words = (100 + 8 + len(record)) // 2
    head = struct.pack(">i5ii", 9994, 0, 0, 0, 0, 0, words) + struct.pack("<2i8d", 1000, kind, *[0.0] * 8)
    return head + struct.pack(">2i", 1, len(record) // 2 if length is None else length) + record


def parts(*rings: list[list[float]]) -> bytes:
    """The body of a polygon record."""
    starts, points = [], []
    for one in rings:
        starts.append(len(points))
        points += one
    box = struct.pack("<4d", *[0.0] * 4)
    flat = [value for point in points for value in point]
    return box + struct.pack(f"<2i{len(starts)}i{len(flat)}d", len(starts), len(points), *starts, *flat)


BOMB = b'<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa">%s]><kml>&%s;</kml>' % (
    b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)),
    b"j",
)
OUTSIDE = (
    b'<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx><wpt lat="39" lon="134"><name>&x;</name></wpt></gpx>'
)
NESTED = b"<kml>" + b"<Folder>" * 5000 + b"</Folder>" * 5000 + b"</kml>"
SQUARE = [[134.0, 38.0], [134.0, 39.0], [135.5, 39.0], [135.5, 38.0], [134.0, 38.0]]
HOLE = [[134.5, 38.3], [135.0, 38.3], [135.0, 38.6], [134.5, 38.6], [134.5, 38.3]]
KML_HOLE = f"<innerBoundaryIs><LinearRing><coordinates>{ring(HOLE)}</coordinates></LinearRing></innerBoundaryIs>"

CASES = [
    BrokenVectors("nothing", ".kml", b"", "not a KML file"),
    BrokenVectors("entities that grow", ".kml", BOMB, "declares a document type or entities"),
    BrokenVectors("entities that grow, in UTF-16", ".kml", BOMB.decode().encode("utf-16"), "declares a document type"),
    BrokenVectors("a file of the system", ".gpx", OUTSIDE, "declares a document type or entities"),
    BrokenVectors("deep", ".kml", NESTED, "nested too deeply"),
    BrokenVectors("torn", ".kml", kml(polygon(RING))[:-20], "not a KML file"),
    BrokenVectors("HTML", ".kml", b"<html><body/></html>", "begins with <html>"),
    BrokenVectors("no encoding", ".kml", b'<?xml version="1.0" encoding="nonsense"?><kml/>', "not a KML file"),
    BrokenVectors("no placemark", ".kml", b"<kml/>", "no feature with a geometry"),
    BrokenVectors("text", ".kml", kml("<Point><coordinates>here</coordinates></Point>"), "Oga beach: no proper KML"),
    BrokenVectors("one number", ".kml", kml("<Point><coordinates>134</coordinates></Point>"), "longitude,latitude"),
    BrokenVectors("NaN", ".kml", kml("<Point><coordinates>nan,39</coordinates></Point>"), "longitude,latitude"),
    BrokenVectors("blanks", ".kml", kml("<Point><coordinates> </coordinates></Point>"), "has no coordinates"),
    BrokenVectors("an open ring", ".kml", kml(polygon(RING[:2])), "no proper KML geometry"),
    BrokenVectors("crossed", ".kml", kml(polygon(CROSSED)), "not a proper one"),
    BrokenVectors("no outline", ".kml", kml(f"<Polygon>{KML_HOLE}</Polygon>"), "0 outer boundaries"),
    BrokenVectors("not packed", ".kmz", kml(polygon(RING)), "not a KMZ file"),
    BrokenVectors("packed nothing", ".kmz", zipped(readme_txt=b"x"), "no .kml in it"),
    BrokenVectors("packed bomb", ".kmz", zipped(doc_kml=b"<kml>" + b" " * 30_000_000), "larger than 20 MB"),
    BrokenVectors("GPX as KML", ".gpx", kml(polygon(RING)), "begins with <kml>"),
    BrokenVectors("no latitude", ".gpx", gpx('<wpt lon="134"/>'), "without lon and lat"),
    BrokenVectors("infinite", ".gpx", gpx('<wpt lon="134" lat="inf"/>'), "no proper GPX"),
    BrokenVectors("a track of one point", ".gpx", gpx(track(RING[:1])), "no feature with a geometry"),
    BrokenVectors("no shapefile", ".shp", b"PK\x03\x04" + b"x" * 200, "not a shapefile"),
    BrokenVectors("a torn shapefile", ".shp", shp(5, parts(SQUARE))[:180], "not a shapefile"),
    BrokenVectors(
        "points without end", ".shp", shp(5, parts(SQUARE)[:32] + struct.pack("<2i", 1, 2**31 - 1)), "not a s"
    ),
    BrokenVectors("a crossed shapefile", ".shp", shp(5, parts(CROSSED)), "not a proper one"),
    BrokenVectors("no shape", ".shp", shp(0, b""), "no feature with a geometry"),
    BrokenVectors("two shapefiles", ".zip", zipped(a_shp=b"", b_shp=b""), "holds 2 shapefiles"),
]
