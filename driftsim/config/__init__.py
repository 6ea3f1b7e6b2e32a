"""What a run is told: one TOML file, checked as a whole before anything is computed.

``load`` reads and checks a file, ``load_sweep`` a file that varies another, ``dump`` writes a config back, ``schema``
describes every key.
"""

from __future__ import annotations

from ..system.kinds import Json
from .describe import each_key
from .load import load, parse, parse_text
from .models import (
    BoatClass,
    Boats,
    Capsizing,
    CoastTable,
    Config,
    CurrentConfig,
    FieldSection,
    Mixing,
    Output,
    ReleaseSource,
    ReleaseTable,
    RunTable,
    Sinking,
    StokesConfig,
    WindConfig,
)
from .problems import ConfigError, Problem
from .toml_text import dump
from .values import shown
from .variations import Sweep, Variation, load_sweep


def tables(config: Config) -> Json:
    """The tables of a config with every key that has a value, as a TOML reader gives them."""
    import tomllib

    return tomllib.loads(dump(config))


def schema() -> Json:
    """JSON schema of a config: type, limits, unit, default and description of every key."""
    return Config.model_json_schema()


__all__ = [
    "BoatClass",
    "Boats",
    "Capsizing",
    "CoastTable",
    "Config",
    "ConfigError",
    "CurrentConfig",
    "FieldSection",
    "Mixing",
    "Output",
    "Problem",
    "ReleaseSource",
    "ReleaseTable",
    "RunTable",
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
