"""What a run is told: one TOML file, checked as a whole before anything is computed.

``load`` reads and checks a file, ``load_sweep`` a file that varies another, ``dump`` writes a config back, ``schema``
describes every key.
"""

from __future__ import annotations

from typing import Any

from .describe import each_key
from .load import load, parse, parse_text
from .models import (
    BoatClass,
    Boats,
    Capsizing,
    Coast,
    Config,
    CurrentConfig,
    FieldSection,
    Mixing,
    Output,
    Release,
    ReleaseSource,
    Run,
    Sinking,
    StokesConfig,
    WindConfig,
)
from .problems import ConfigError, Problem
from .toml_text import dump
from .values import shown
from .variations import Sweep, Variation, load_sweep


def tables(config: Config) -> dict[str, Any]:
    """The tables of a config with every key that has a value, as a TOML reader gives them."""
    import tomllib

    return tomllib.loads(dump(config))


def schema() -> dict[str, Any]:
    """JSON schema of a config: type, limits, unit, default and description of every key."""
    return Config.model_json_schema()


__all__ = [
    "BoatClass",
    "Boats",
    "Capsizing",
    "Coast",
    "Config",
    "ConfigError",
    "CurrentConfig",
    "FieldSection",
    "Mixing",
    "Output",
    "Problem",
    "Release",
    "ReleaseSource",
    "Run",
    "Sinking",
    "StokesConfig",
    "Sweep",
    "Variation",
    "WindConfig",
    "dump",
    "each_key",
    "load",
    "load_sweep",
    "parse",
    "parse_text",
    "schema",
    "shown",
    "tables",
]
