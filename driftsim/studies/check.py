"""What a run of a config would do, said beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import config as configuration
from ..system import capacity
from ..system.kinds import Json, JsonView

if TYPE_CHECKING:
    from ..drift.release import Release
    from ..forcing.window import Window

STEPS_PER_S = 5e6
"""Particle-steps per second and core that `check` reckons with: what a million boats reached on two shared cores."""
FIXED_S = 8.0
"""Time that a run takes however few boats it has: the quickstart with 5,000 boats, measured."""


def check(config: configuration.Config, levels: bool = False) -> str:
    """What a run of this config would do, as text; raises like the run itself for input that cannot be used.

    Parameters
    ----------
    config : Config
    levels : bool
        Read every level of the fields that a run would, not only the first, the middle and the last.
    """
    from ..drift import footprint, release, simulation

    planned = simulation.Simulation(config, numbers=range(min(config.boats.number, 1000)))
    run_, boats = config.run, config.boats.number
    threads = planned.advection.threads
    sources = {kind: window.source for kind, window in planned.windows.items()}
    footprint.refuse_too_large(config, sources, boats)
    afloat = (run_.steps - planned.boats.release_step.mean()) * boats
    results, under_way = footprint.disk_bytes(config, boats)
    seconds = FIXED_S + afloat / STEPS_PER_S / threads
    lines = [
        f"{run_.title or 'untitled'}",
        f"period    {run_.start:%Y-%m-%d %H:%M} to {run_.end:%Y-%m-%d %H:%M} UTC, {run_.direction}",
        f"          {run_.steps:,} steps of {run_.step_minutes:g} min, {run_.scheme}",
        f"boats     {boats:,} in {planned.members} members, seed {run_.seed}",
        *(f"          {share:5.1%}  {name}" for name, share in _shares(planned.release)),
        *_some([f"          {text}" for text in release.told(config, planned.release)]),
        *(line for kind, window in planned.windows.items() for line in _field_lines(kind, window)),
        *_level_lines(sources, levels),
        f"memory    about {footprint.memory_bytes(config, sources, boats) / 1e6:,.0f} MB "
        f"({footprint.boat_bytes(config)} bytes a boat afloat)",
        f"disk      at most about {capacity.shown(results)} for results, {capacity.shown(under_way)} until they are "
        "whole; those that they replace stay until then",
        f"time      at most about {_duration(seconds)} on {threads} threads (boats that land early save time)",
        "The config is good; nothing has been run."
        if levels or not _from_files(sources)
        else "The config is good, as far as was looked; nothing has been run.",
    ]
    return "\n".join(lines)


def _some(lines: list[str], most: int = 5) -> list[str]:
    return lines if len(lines) <= most else [*lines[:most], f"          and {len(lines) - most} more"]


def _shares(release: Release) -> list[tuple[str, float]]:
    return [
        *((f"from {name}", float(w)) for name, w in zip(release.names, release.weights, strict=True)),
        *(
            (f"class {name}", float(share))
            for name, share in zip(release.classes.names, release.classes.shares, strict=True)
            if share > 0.0
        ),
    ]


def _field_lines(kind: str, window: Window) -> list[str]:
    source = window.source
    lon, lat = source.lon, source.lat
    files = source.info.get("files", [])
    return [
        f"{kind:<9} {source.info['title']}",
        f"          {len(lon)} x {len(lat)} nodes, {lon[0]:g} to {lon[-1]:g} E, {lat[0]:g} to {lat[-1]:g} N, "
        f"{len(source.times)} levels, {source.members} members, {source.info['kind_of_record']}",
        *([_measured(source.info)] if source.info.get("units") else []),
        *([f"          {source.info['note']}"] if source.info.get("note") else []),
        *(f"          decided: {text}" for text in source.info.get("decisions", ())),
        *(f"          {item['path']}" for item in files[:5] if isinstance(item, dict) and "path" in item),
        *([f"          and {len(files) - 5} more files"] if len(files) > 5 else []),
    ]


def _from_files(sources: JsonView) -> Json:
    """Fields of more levels than the three that opening them reads."""
    return {k: source for k, source in sources.items() if getattr(source, "slow", False) and len(source.times) > 3}


def _level_lines(sources: JsonView, every: bool) -> list[str]:
    """What was read of the fields; `InputError` for a level that a run would stop at."""
    found = _from_files(sources)
    many = ", ".join(f"{len(source.times):,} of the {kind}" for kind, source in found.items())
    if not found:
        return []
    if not every:
        some = "the first, the middle and the last alone"
        return [f"levels    read: {some}, of {many}; `driftsim check --levels` reads all"]
    for source in found.values():
        for k in range(len(source.times)):
            source.level(k)
    return [f"levels    read: all {many}"]


def _measured(info: Json) -> str:
    """What is read, in which units, and at which level."""
    return f"          {', '.join(info['variables'])} in {info['units']}" + (
        f", at {info['level']}" if info["level"] else ""
    )


def _duration(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )
