"""Names for values whose kind is known only when they are looked at. What is read from files passes a check first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    import netCDF4
    import numpy as np
    from numpy.typing import NDArray

Json: TypeAlias = dict[str, Any]
"""An object of JSON or a table of TOML: texts, numbers, lists and objects by key."""

JsonView: TypeAlias = Mapping[str, Any]
"""The same, only read."""

AnyArray: TypeAlias = "NDArray[Any]"
"""An array of numbers of any kind, or of records."""

StoredVariable: TypeAlias = "netCDF4.Variable[Any]"
"""A variable of an open NetCDF file, its numbers as they are stored."""

Real: TypeAlias = "type[np.float32] | type[np.float64]"
"""The precision that boats are driven in."""

Reals = TypeVar("Reals", float, "AnyArray")
"""A number or an array of them: what is given comes back."""

Slice: TypeAlias = "slice[Any, Any, Any]"
"""A part of an axis."""
