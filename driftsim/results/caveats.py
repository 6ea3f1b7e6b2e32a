"""What a reader must know beside the numbers of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FIELDS = {"current": "current", "wind": "wind", "stokes": "Stokes drift"}
"""Kinds of fields in words."""


def caveats(
    forcing: Mapping[str, Mapping[str, Any]] | None = None,
    method: str = "members",
    direction: str = "forward",
    *,
    coast: bool = True,
    sunk: bool = False,
) -> list[str]:
    """What a reader must know beside the numbers.

    Parameters
    ----------
    forcing
        What drove the boats.
    method, direction
        Of the intervals, of the run.
    coast
        Whether there was a shore to land on.
    sunk
        Whether boats sank.
    """
    if direction == "backward":
        out = [
            "A backward run is no forecast of arrivals: paths go back in time from where boats are released, and one "
            "that meets a shore ends there.",
            "Every number is conditional on the stated places and dates, and weighs all places of origin alike.",
        ]
    else:
        afloat = "on the rate of sinking in the config" if sunk else "on staying afloat" + " until landing" * coast
        out = [f"Every number is conditional on the stated sources and dates of release, and {afloat}."]
        if coast and method == "members":
            out.append(
                "The ranges cover chance and the season's weather, not the choice of source, boat class or current."
            )
        elif coast:
            out.append(
                "The counting error is that of so many boats alone: other weather, another source, boat class or "
                "current is not in it."
            )
        if coast:
            out.append("A landing is the first shore that a boat touches in the simulation, found by anyone or not.")
    notes_of = forcing or {}
    typical = [FIELDS.get(kind, kind) for kind in notes_of if notes_of[kind].get("kind_of_record") == "climatology"]
    if typical:
        out.append(
            f"The {' and the '.join(typical)} {'is' if len(typical) == 1 else 'are'} a climatology: typical seasons, "
            "not observations of any year."
        )
    ekman = notes_of.get("current", {}).get("ekman_added")
    if ekman:
        turned = float(ekman["degrees_to_the_right"])
        side = ekman.get("side") or ("right" if turned >= 0.0 else "left")
        out.append(
            f"The current holds no Ekman drift: {ekman['percent_of_wind']:g} % of the wind, {abs(turned):g}° to its "
            f"{side}, is added for it."
        )
    out += [
        f"Decided of the {FIELDS.get(kind, kind)}: {text}."
        for kind in notes_of
        for text in notes_of[kind].get("decisions", ())
    ]
    for kind, date in steady_fields(notes_of).items():
        of_date = f", of {date}," if date else ""
        out.append(
            f"The {FIELDS.get(kind, kind)} is one field{of_date} at all times: no record of the run's period, which "
            "makes this no hindcast."
        )
    return out


def steady_fields(forcing: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Fields that are one level at all times, with the date of that level; empty where the file has none."""
    out = {}
    for kind, notes in forcing.items():
        if notes.get("kind_of_record") == "steady":
            date = str(notes.get("first_level") or "")
            # A file without times gets the run's own for its level; only the note tells that apart.
            out[kind] = date[:10] if date and f"of {date}" in str(notes.get("note", "")) else ""
    return out
