"""Where results come from: all that is needed to make them again."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from collections.abc import Mapping, Sequence

from ..system.kinds import Json, JsonView
from . import identity
from .identity import git_commit, version


def provenance(
    cfg_text: str,
    seed: int,
    sources_info: Mapping[str, JsonView],
    changes: Sequence[JsonView] = (),
) -> Json:
    """Where results come from: all that is needed to make them again.

    Parameters
    ----------
    cfg_text
        The resolved config, TOML.
    seed
        Seed of the run.
    sources_info
        Kind of field (current, wind, stokes) to its notes, with its files and their checksums.
    changes
        What was other from some step on (`Result.info`).
    """
    text = without_threads(cfg_text)
    return {
        "driftsim_version": version(),
        "git_commit": git_commit(),
        "sources_sha256": identity.sources(),
        "seed": int(seed),
        "config_sha256": config_sha256(text),
        "config": text,
        "inputs": {kind: dict(notes) for kind, notes in sources_info.items()},
        "libraries": identity.libraries(),
        "processor": identity.processor(),
        **({"changes": [dict(change) for change in changes]} if changes else {}),
    }


def config_sha256(text: str) -> str:
    """Checksum of a config without its number of threads."""
    return hashlib.sha256(text.encode()).hexdigest()


def without_threads(config: str) -> str:
    """The number of threads changes no result, so it must not make two equal runs differ; run.json has it."""
    return re.sub(r"^(\s*threads\s*=\s*)\d+", r"\g<1>0", config, flags=re.MULTILINE)


def machine() -> Json:
    """The machine, in words."""
    return {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count() or 0}
