"""A virtual environment for each peer, with pinned versions from PyPI."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = {
    "opendrift": ("opendrift==1.14.12",),
    "parcels3": ("parcels==3.1.4", "xarray<2025.2"),
    "parcels4": ("parcels==4.0.2",),
    "oceantracker": ("oceantracker==0.5.3.9", "exceptiongroup"),
}
"""What each is installed from. Parcels 3 fails with a later xarray; OceanTracker does not declare exceptiongroup."""


def folder() -> Path:
    """Where environments and fields are kept: ``DRIFTSIM_PEERS_DIR``, or the user's cache."""
    given = os.environ.get("DRIFTSIM_PEERS_DIR")
    cache = Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")))
    return Path(given) if given else cache / "driftsim-peers"


def python(name: str) -> Path:
    """The interpreter of a peer's environment, made if need be; driftsim's own is the one that runs this.

    Raises
    ------
    RuntimeError
        With the end of pip's output if the peer cannot be installed.
    """
    if name == "driftsim":
        return Path(sys.executable)
    wanted = REQUIREMENTS[name]
    home = folder() / name
    found = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = home / "installed.txt"
    if done.exists() and done.read_text() == "\n".join(wanted):
        return found
    venv.create(home, with_pip=True, clear=True)
    pip = [str(found), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
    install = subprocess.run(pip, capture_output=True, text=True)
    if install.returncode != 0:
        raise RuntimeError(f"cannot be installed: {install.stderr.strip()[-600:]}")
    done.write_text("\n".join(wanted))
    return found
