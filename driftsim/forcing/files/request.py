"""What a section of the config asks of files."""

from __future__ import annotations

from dataclasses import dataclass

from ..catalogue import Product
from .levels import Level


@dataclass(frozen=True)
class Request:
    """A velocity that is looked for.

    Attributes
    ----------
    kind : str
        ``"current"``, ``"wind"`` or ``"stokes"``.
    product : Product
    u, v : str
        Names of the variables; empty: those of the product, or of the standard.
    level : Level or None
        The level that is meant; None: the surface, of a wind 10 m.
    member_dimension : str
        The dimension along which members stand, where the file does not say so.
    """

    kind: str
    product: Product
    u: str = ""
    v: str = ""
    level: Level | None = None
    member_dimension: str = ""
