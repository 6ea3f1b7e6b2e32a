"""Compiled code made beforehand: for a container, or for nodes that share one cache."""

from __future__ import annotations

from pathlib import Path


def warm_up() -> Path:
    """Compile the driver for this processor in both precisions, unless it is in the cache.

    Returns
    -------
    Path
        The folder that holds the compiled code.

    Raises
    ------
    InputError
        If there is no folder that it can be kept in.
    """
    from .. import config as configuration
    from ..drift import simulation
    from ..kernels import jit
    from ..system import resources
    from ..system.errors import InputError

    small = configuration.load(resources.config("quickstart.toml"), {"boats.number": 1})
    for precision in ("single", "double"):
        run = small.run.model_copy(update={"precision": precision})
        simulation.Simulation(small.model_copy(update={"run": run})).warm_up()
    folder, problem = jit.cache_directory()
    if folder is None:
        raise InputError(f"compiled code cannot be kept ({problem})")
    return Path(folder)
