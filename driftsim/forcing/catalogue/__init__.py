"""The catalogue of public products, one module for each provider."""

from __future__ import annotations

from difflib import get_close_matches

from ...config.products import GENERATED, names
from ...system.errors import InputError
from . import copernicus, ecmwf, hycom, jamstec, jma, noaa, po_daac, remss
from .product import PARTS, POLAR_NAMES, STANDARD_NAMES, Product, Published

__all__ = ["CATALOGUE", "GENERATED", "PARTS", "POLAR_NAMES", "STANDARD_NAMES", "Product", "Published", "find", "names"]

PLAIN = Product(
    "cf",
    "plain CF file",
    {
        "current": (),
        # What converters call a wind at 10 m, whoever's it is: ECMWF's short names, wgrib2, the GrADS server.
        "wind": (
            ("u10", "v10"),
            ("10u", "10v"),
            ("UGRD_10maboveground", "VGRD_10maboveground"),
            ("ugrd10m", "vgrd10m"),
        ),
        "stokes": (),
    },
    "",
    stamp="cell_methods",
    note="a plain file: its variables were found by their names, or named in the config",
)
"""Any file that follows the CF conventions."""

_PROVIDERS = (copernicus, po_daac, hycom, jamstec, ecmwf, noaa, remss, jma)

CATALOGUE: dict[str, Product] = {entry.key: entry for one in _PROVIDERS for entry in one.PRODUCTS} | {"cf": PLAIN}
"""Every product that is read from files, by key."""


def find(key: str, kind: str) -> Product:
    """The catalogue entry for a kind.

    Raises
    ------
    InputError
        If there is no such product, or it is of another kind.
    """
    entry = CATALOGUE.get(key)
    if entry is not None and kind in entry.names:
        return entry
    allowed = names(kind)
    known = key in CATALOGUE or key in GENERATED
    near = [] if known else get_close_matches(key, allowed, 1, 0.5)
    raise InputError(
        f"{kind}.product = {key!r}: "
        + (f"this product has no {kind}" if known else "no such product")
        + (f"; did you mean {near[0]!r}?" if near else "")
        + f"; allowed: {', '.join(allowed)}"
    )
