"""``arrivals.parquet``: the arrivals for programs that read tables, with words for codes and dates for seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..system.disk import whole
from ..system.errors import InputError
from ..system.kinds import JsonView
from .columns import ARRIVALS, CODED, date_times, describe
from .statistics import flag_names
from .text_files import json_text

if TYPE_CHECKING:
    import pyarrow
    import xarray as xr

_LEVEL = 3
_DECIMALS = {"lon": 5, "lat": 5, "age_days": 4, "coast_km": 3}
"""As in ``arrivals.csv``: a metre, ten seconds, a metre. ``arrivals.nc`` has every bit."""


def require(wanted: bool = True) -> None:
    """The library, if it is wanted: asked for before a run, which would else fail when it writes.

    Raises
    ------
    InputError
        If it is not installed.
    """
    if not wanted:
        return
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as problem:
        raise InputError(
            f"output.parquet = true: pyarrow is not installed ({problem}); pip install 'driftsim[parquet]'"
        ) from problem


@contextmanager
def arrivals_parquet(folder: Path, head: xr.Dataset, attributes: JsonView) -> Iterator[Callable[[xr.Dataset], None]]:
    """Write ``arrivals.parquet``: every boat, a row group for each group that is handed over.

    Parameters
    ----------
    folder : Path
    head
        Arrivals of any boats of the run, or of none.
    attributes : mapping
        Provenance; it stands in the file's metadata under ``driftsim``.

    Yields
    ------
    callable
        Takes the arrivals, a group of boats after the other.

    Raises
    ------
    InputError
        If pyarrow is not installed.
    """
    require()
    import pyarrow as pa
    import pyarrow.parquet as parquet

    schema = _table(head.isel(boat=slice(0, 0))).schema.with_metadata({"driftsim": json_text(attributes)})
    floats = [field.name for field in schema if pa.types.is_floating(field.type)]
    with (
        whole(folder / "arrivals.parquet") as beside,
        parquet.ParquetWriter(
            beside,
            schema,
            compression="zstd",
            compression_level=_LEVEL,
            use_byte_stream_split=floats,
            use_dictionary=[field.name for field in schema if field.name not in floats],
        ) as out,
    ):
        yield lambda arrivals: out.write_table(_table(arrivals).cast(schema))


def _table(arrivals: xr.Dataset) -> pyarrow.Table:
    """Boats as an Arrow table."""
    import pyarrow as pa

    described, start = describe(arrivals), arrivals.attrs["run_start"]
    columns = {}
    for name in (name for name in ARRIVALS if name in described.variables):
        values = described[name].values
        if name in CODED:
            words = pa.array([*flag_names(arrivals[name])], pa.string())
            code = values.astype(np.int32)
            columns[name] = pa.DictionaryArray.from_arrays(pa.array(code, mask=code < 0), words)
        elif name.endswith("_time"):
            columns[name] = pa.array(date_times(values, start), pa.timestamp("ms", tz="UTC"))
        elif values.dtype.kind == "f":
            places = next((places for ending, places in _DECIMALS.items() if name.endswith(ending)), 6)
            columns[name] = pa.array(values.round(places), from_pandas=True)
        else:
            columns[name] = pa.array(values)
    return pa.table(columns)
