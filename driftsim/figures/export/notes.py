"""What goes along with exported numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...results.result import Readable


def about(run: Readable) -> dict[str, str]:
    """What has to go along with the numbers: title, what they rest on, where they come from."""
    from ...results.identity import git_commit, version

    summary = run.summary
    return {
        "title": str(summary["title"] or "A run of driftsim"),
        "boats": f"{summary['boats']}",
        "members": f"{summary['members']}",
        "seed": f"{summary['seed']}",
        "direction": str(summary["direction"]),
        "caveats": " ".join(summary["caveats"]),
        "driftsim": str(summary.get("version") or version()),
        "git_commit": str(summary.get("provenance", {}).get("git_commit", git_commit())),
        "coast": "generalised from GSHHG 2.3.7 (Wessel and Smith 1996), LGPL",
    }
