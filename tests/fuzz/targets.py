"""What is fuzzed: parsers that take anything at all, and must answer with a value or an `InputError`.

``python tests/fuzz/targets.py NAME [libFuzzer options] [folders]`` runs one under atheris; ``run.py`` runs all.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _check(message: str, longest: int = 1000) -> None:
    lines = message.splitlines()
    assert 1 <= len(lines) <= 22, f"a message of {len(lines)} lines"
    assert all(line.isprintable() and len(line) < longest for line in lines), message[:2000]


def _scratch() -> Path:
    """A file in memory where the system has such, else in the folder for temporary files."""
    shared = Path("/dev/shm")
    return Path(tempfile.mkdtemp(dir=shared if os.access(shared, os.W_OK) else None)) / "input"


def config_file(data: bytes, path: Path) -> None:
    """A config: loaded and written back the same, or refused in a message."""
    from driftsim import config

    path.write_bytes(data)
    try:
        loaded = config.load(path)
    except config.ConfigError as refused:
        _check(str(refused))
        return
    path.write_text(config.dump(loaded), encoding="utf-8")
    assert config.load(path) == loaded, "comes back otherwise from its own dump"


def geojson_file(data: bytes, path: Path) -> None:
    """A GeoJSON file of release places: a place to draw from, or a message."""
    import numpy as np

    from driftsim.drift import release
    from driftsim.system.errors import InputError

    path.write_bytes(data)
    domain = (127.0, 143.0, 33.0, 48.0)
    try:
        place = release._vectors(path, None, domain, "error")
        lon, lat, good = place.draw(np.array([0.1, 0.73]), np.array([0.9, 0.31]))
    except InputError as refused:
        _check(str(refused))
        return
    inside = (lon >= domain[0]) & (lon <= domain[1]) & (lat >= domain[2]) & (lat <= domain[3])
    assert inside[good].all(), "a place outside the domain"


def classic_header(data: bytes, path: Path) -> None:
    """The header of a classic NetCDF file: followed to its end, or refused."""
    from driftsim.forcing.files import classic

    path.write_bytes(data)
    try:
        classic.refuse_cut_short(str(path))
    except OSError:
        return


def records_file(data: bytes, path: Path) -> None:
    """Landing records: read and told as text, or refused in a message."""
    from driftsim.system.errors import InputError
    from driftsim.validation import records

    path = path.with_suffix(".csv")
    path.write_bytes(data)
    try:
        told = records.text(records.load(path))
    except InputError as refused:
        _check(str(refused), longest=3000)  # all that is wrong stands on one line
        return
    assert all(c.isprintable() or c == "\n" for c in told), "the text holds what a terminal would act on"


def tracks_file(data: bytes, path: Path) -> None:
    """Observed tracks, of any of the layouts: read, or refused in a message."""
    from driftsim.system.errors import InputError
    from driftsim.validation import track_files

    path.write_bytes(data)
    try:
        found = track_files.load(path)
    except InputError as refused:
        _check(str(refused), longest=3000)
        return
    assert all((abs(track.lat) <= 90.0).all() for track in found), "a place beyond the poles"


def landings_file(data: bytes, path: Path) -> None:
    """Landings of another tool: read, or refused in a message."""
    from driftsim.area import shoreline
    from driftsim.system.errors import InputError
    from driftsim.validation import landings

    path.write_bytes(data)
    try:
        found = landings.from_table(path, shoreline.load())
    except InputError as refused:
        _check(str(refused), longest=3000)
        return
    assert len(found) and found.members <= 1_000_000


def summary_file(data: bytes, path: Path) -> None:
    """The summary of a run: read, and told as a table, or refused in a message."""
    from driftsim.results import table
    from driftsim.results.schema import Summary
    from driftsim.system import door
    from driftsim.system.errors import InputError

    path.write_bytes(data)
    try:
        told = table.text(door.read_json(path, Summary))
    except InputError as refused:
        _check(str(refused))
        return
    assert all(c.isprintable() or c == "\n" for c in told), "the text holds what a terminal would act on"


TARGETS: dict[str, Callable[[bytes, Path], None]] = {
    "config": config_file,
    "geojson": geojson_file,
    "classic": classic_header,
    "records": records_file,
    "tracks": tracks_file,
    "landings": landings_file,
    "summary": summary_file,
}

INSTRUMENTED = {
    "config": ("driftsim.config", "tomllib"),
    "geojson": ("driftsim.drift.release", "driftsim.area.places", "json"),
    "classic": ("driftsim.forcing.files.classic",),
    "records": ("driftsim.validation", "csv"),
    "tracks": ("driftsim.validation", "csv"),
    "landings": ("driftsim.validation", "csv"),
    "summary": (
        "driftsim.system.door",
        "driftsim.results.schema",
        "driftsim.results.examined",
        "driftsim.results.output",
        "json",
    ),
}


def seeds(name: str) -> Iterator[bytes]:
    """Where a target begins."""
    sys.path.insert(0, str(ROOT / "tests"))
    if name == "config":
        from corpus import broken_configs

        yield broken_configs.GOOD.encode()
        yield from (path.read_bytes() for path in sorted((ROOT / "configs").glob("*.toml")))
        yield from (case.content for case in broken_configs.configs() if len(case.content) < 5000)
    elif name == "geojson":
        from corpus import broken_geojson

        yield from broken_geojson.GOOD
        yield from (case.content for case in broken_geojson.CASES if len(case.content) < 5000)
    elif name == "records":
        for path in sorted((ROOT / "data" / "records").glob("*.csv")):
            rows = path.read_bytes().splitlines(keepends=True)
            yield from (b"".join([rows[0], *rows[first : first + 6]]) for first in range(1, min(len(rows), 40), 6))
    elif name == "tracks":
        yield (ROOT / "data" / "records" / "pairs.csv").read_bytes()[:1500]
        yield b"ID,time,latitude,longitude\n,UTC,degrees_north,degrees_east\n7,2017-11-23T06:00Z,39,135\n"
        yield b"7 11 23.25 2017 39.0 135.0\n7 11 24.50 2017 39.4 136.0\n"
    elif name == "landings":
        yield b"lon,lat,time,member\n139.9,39.9,2017-11-23T06:00:00Z,0\n136.7,37.3,2017-12-01,1\n"
    elif name == "summary":
        from synthetic import make_run_folder

        with tempfile.TemporaryDirectory() as folder:
            body = json.loads((make_run_folder(Path(folder) / "run", 60, 3) / "summary.json").read_bytes())
        regions = {key: body["regions"][key] for key in ("akita", "japan")}
        yield json.dumps({**body, "regions": regions, "sources": [], "by_source": []}).encode()
    elif name == "classic":
        from corpus import broken_files

        with tempfile.TemporaryDirectory() as folder:
            for version in ("NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA"):
                yield broken_files.good(Path(folder) / version, format=version).read_bytes()[:2000]


def words() -> list[str]:
    """Names that a parser looks for; a fuzzer would not find them by chance."""
    from driftsim import config

    names = {part for path, _ in config.each_key() for part in path.replace("[]", "").split(".")}
    return sorted(
        names
        | {
            "Feature",
            "geometry",
            "coordinates",
            "MultiPolygon",
            "[[",
            "]]",
            '"""',
            "2017-10-01",
            "inf",
            "boat_afloat",
            "akita",
            "offshore",
        }
    )


def fuzz(name: str, arguments: list[str]) -> None:
    """Run one target until libFuzzer's options end it."""
    import atheris

    with atheris.instrument_imports(include=list(INSTRUMENTED[name])):
        import driftsim.config
        import driftsim.drift.release
        import driftsim.forcing.files.classic
        import driftsim.results.examined
        import driftsim.results.output
        import driftsim.results.schema
        import driftsim.validation.landings
        import driftsim.validation.track_files  # noqa: F401
    path, target = _scratch(), TARGETS[name]
    atheris.Setup([name, *arguments], lambda data: target(bytes(data), path))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    fuzz(sys.argv[1], sys.argv[2:])
