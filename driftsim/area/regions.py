"""Named stretches of coast, the regions reported, and the ways out of the sea.

A *stretch* is a leaf: every segment of the shoreline belongs to exactly one. A *region* is what a table shows: one
stretch, or a sum of stretches (Aomori is the sum of its four coasts). Minor islets belong to their prefecture.
Yamaguchi and Hyogo are whole prefectures, with their Inland Sea coasts.
"""

from __future__ import annotations

from typing import NamedTuple


class Stretch(NamedTuple):
    """A leaf of the coast; its place in `STRETCHES` is its code in kernels and outputs."""

    key: str
    name: str
    country: str
    parent: str  # the smallest region that sums it with others; "" without one


class Region(NamedTuple):
    """What is reported: one stretch or the sum of several."""

    key: str
    name: str
    stretches: tuple[str, ...]
    country: str


STRETCHES: tuple[Stretch, ...] = (
    Stretch("hokkaido", "Hokkaido without Okushiri", "Japan", "hokkaido_all"),
    Stretch("okushiri", "Okushiri", "Japan", "hokkaido_all"),
    Stretch("aomori_japan_sea", "Aomori, Sea of Japan coast", "Japan", "aomori"),
    Stretch("aomori_strait", "Aomori, Tsugaru Strait", "Japan", "aomori"),
    Stretch("aomori_mutsu_bay", "Aomori, Mutsu Bay", "Japan", "aomori"),
    Stretch("aomori_pacific", "Aomori, Pacific coast", "Japan", "aomori"),
    Stretch("akita", "Akita", "Japan", "japan"),
    Stretch("yamagata", "Yamagata mainland", "Japan", "yamagata_all"),
    Stretch("tobishima", "Tobishima", "Japan", "yamagata_all"),
    Stretch("niigata_mainland", "Niigata mainland", "Japan", "niigata"),
    Stretch("awashima", "Awashima", "Japan", "niigata"),
    Stretch("sado", "Sado", "Japan", "niigata"),
    Stretch("toyama", "Toyama", "Japan", "japan"),
    Stretch("noto", "Noto", "Japan", "ishikawa"),
    Stretch("ishikawa_south", "Ishikawa south of Noto", "Japan", "ishikawa"),
    Stretch("fukui", "Fukui", "Japan", "japan"),
    Stretch("kyoto", "Kyoto", "Japan", "japan"),
    Stretch("hyogo", "Hyogo", "Japan", "japan"),
    Stretch("tottori", "Tottori", "Japan", "japan"),
    Stretch("shimane_mainland", "Shimane mainland", "Japan", "shimane"),
    Stretch("oki", "Oki", "Japan", "shimane"),
    Stretch("yamaguchi", "Yamaguchi", "Japan", "japan"),
    Stretch("kyushu", "Kyushu", "Japan", "kyushu_tsushima"),
    Stretch("tsushima", "Tsushima", "Japan", "kyushu_tsushima"),
    Stretch("honshu_pacific", "Pacific and Inland Sea coasts of Honshu and Shikoku", "Japan", "japan"),
    Stretch("russia", "Russia", "Russia", ""),
    Stretch("north_korea", "North Korea", "North Korea", ""),
    Stretch("south_korea", "South Korea", "South Korea", ""),
    Stretch("ulleung", "Ulleung", "South Korea", ""),
    Stretch("liancourt", "Liancourt Rocks", "disputed", ""),
)

#: Code of each stretch, as in kernels and outputs.
CODES: dict[str, int] = {stretch.key: code for code, stretch in enumerate(STRETCHES)}

_GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "hokkaido_all": ("Hokkaido", ("hokkaido", "okushiri")),
    "aomori": ("Aomori", ("aomori_japan_sea", "aomori_strait", "aomori_mutsu_bay", "aomori_pacific")),
    "yamagata_all": ("Yamagata", ("yamagata", "tobishima")),
    "niigata": ("Niigata", ("niigata_mainland", "awashima", "sado")),
    "ishikawa": ("Ishikawa", ("noto", "ishikawa_south")),
    "shimane": ("Shimane", ("shimane_mainland", "oki")),
    "kyushu_tsushima": ("Kyushu with Tsushima", ("kyushu", "tsushima")),
    "japan": ("Japan", tuple(stretch.key for stretch in STRETCHES if stretch.country == "Japan")),
}


def _regions() -> dict[str, Region]:
    """Groups stand before their first stretch, the whole of Japan last."""
    out: dict[str, Region] = {}
    for stretch in STRETCHES:
        for key, (name, members) in _GROUPS.items():
            if key != "japan" and members[0] == stretch.key:
                out[key] = Region(key, name, members, stretch.country)
        out[stretch.key] = Region(stretch.key, stretch.name, (stretch.key,), stretch.country)
    name, members = _GROUPS["japan"]
    out["japan"] = Region("japan", name, members, "Japan")
    return out


#: Reported regions by key: leaves and groups. Regions overlap (a group and its leaves), stretches do not.
REGIONS: dict[str, Region] = _regions()

#: Ways out of the domain; the index is the code in outputs. The last four are sides without a strait of their own.
EXITS: tuple[str, ...] = ("tsugaru", "soya", "korea_strait", "tatar", "west", "east", "south", "north")


def exit_name(lon: float, lat: float, side: str) -> str:
    """Name of the way out for a boat that left the domain at a place, by a side.

    Whoever leaves into the Pacific off Tohoku has come through Tsugaru, into the Sea of Okhotsk through Soya, and west
    of Kyushu through the Korea Strait.

    Parameters
    ----------
    lon, lat : float
        Where the path met the domain's edge, degrees.
    side : {"west", "east", "south", "north"}

    Returns
    -------
    str
        A member of `EXITS`.

    Raises
    ------
    ValueError
        For an unknown side.
    """
    if side not in ("west", "east", "south", "north"):
        raise ValueError(f"side: {side!r} is none of west, east, south, north")
    if lat >= 46.0 and lon >= 142.5 and side in ("east", "north"):  # east of Sakhalin
        return "soya"
    if side == "north" and lat >= 46.0 and 138.0 <= lon < 142.5:
        return "tatar"
    if side in ("east", "north") and 44.0 <= lat < 47.0 and lon >= 141.4:
        return "soya"
    if side in ("east", "south") and 36.0 <= lat < 44.0 and lon >= 140.2 and not (lat < 40.5 and lon < 141.0):
        return "tsugaru"
    if side in ("south", "west") and lat < 35.6 and lon < 131.2:
        return "korea_strait"
    return side
