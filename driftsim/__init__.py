"""How likely is a drifting boat to reach a coast.

>>> import driftsim
>>> config = driftsim.load_config("quickstart.toml")
>>> result = driftsim.run(config)
>>> result.regions["akita"]["share_of_home"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _moved
from .results import plotter
from .system.version import __version__ as __version__

if TYPE_CHECKING:
    from .config import Config, ConfigError
    from .config import load as load_config
    from .drift.simulation import Progress, Simulation, run
    from .results.output import read_run as open_run
    from .results.result import Result
    from .system.errors import InputError

_NAMES = {
    "Config": ("config", "Config"),
    "ConfigError": ("config", "ConfigError"),
    "InputError": ("system.errors", "InputError"),
    "Progress": ("drift.simulation", "Progress"),
    "Result": ("results.result", "Result"),
    "Simulation": ("drift.simulation", "Simulation"),
    "load_config": ("config", "load"),
    "open_run": ("results.output", "read_run"),
    "run": ("drift.simulation", "run"),
}

_moved.install()


def _draws() -> plotter.Plotter:
    from .figures.maps import plots

    return plots


plotter.register(_draws)

__all__ = [
    "Config",
    "ConfigError",
    "InputError",
    "Progress",
    "Result",
    "Simulation",
    "load_config",
    "open_run",
    "run",
]


def __getattr__(name: str) -> Any:
    """Public names are imported when first used, so that starting is quick."""
    if name not in _NAMES:
        raise AttributeError(f"module 'driftsim' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _NAMES[name]
    return getattr(import_module(f".{module}", __name__), attribute)
