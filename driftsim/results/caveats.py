"""What a reader must know beside the numbers of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..system.kinds import JsonView

_ONE_WEATHER = ("climatology", "wind_roses")
"""Winds that are drawn from roses."""

FIELDS = {"current": "current", "wind": "wind", "stokes": "Stokes drift", "eddies": "eddies"}
"""Kinds of fields in words."""


def caveats(
    forcing: Mapping[str, JsonView] | None = None,
    method: str = "members",
    direction: str = "forward",
    *,
    coast: bool = True,
    sunk: bool = False,
    drawn: Sequence[str] = (),
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
    drawn
        Keys of the config that each member drew for itself.
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
        weather = "weather and eddies" if "eddies" in (forcing or {}) else "weather"
        if coast and method == "members" and drawn:
            out.append(
                f"The ranges of any season cover chance, the season's {weather} and what the config leaves open: "
                f"{known_by(drawn)}. What it does not leave open is held fixed."
            )
        elif coast and method == "members":
            out.append(
                f"The ranges cover chance and the season's {weather}, not the choice of source, boat class or current."
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
    if "eddies" in notes_of:
        out.append(_drawn(notes_of["eddies"]))
    if str(notes_of.get("wind", {}).get("product", "")) in _ONE_WEATHER:
        out.append(
            "The wind of a season is one weather over the whole area, without a length scale: boats far apart share "
            "more of it than real ones would."
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


def _drawn(notes: JsonView) -> str:
    """What is to be known of eddies, or of an error of the current, that were drawn."""
    if notes.get("product") == "error":
        return f"The current is not taken as exact: each of {notes.get('members', 0)} members errs by {notes['note']}."
    scale = float(notes.get("scale", 1.0))
    strength = "" if scale == 1.0 else f", {scale:g} times as strong as usual here"
    return f"The eddies are drawn, those of a season for each of {notes.get('members', 0)} members{strength}."


_KNOWN = {
    "release.shift_east_km": "places of release",
    "release.shift_north_km": "places of release",
    "release.weights": "sources",
    "release.shift_days": "dates",
    "current": "currents",
    "wind": "winds",
    "stokes": "waves",
    "boats": "boats",
    "mixing": "mixing",
}


def known_by(keys: Sequence[str]) -> str:
    """What keys of the config are of, in words: ``sources, currents and boats``."""
    words = list(dict.fromkeys(_KNOWN.get(key) or _KNOWN[key.partition(".")[0]] for key in keys))
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def steady_fields(forcing: Mapping[str, JsonView]) -> dict[str, str]:
    """Fields that are one level at all times, with the date of that level; empty where the file has none."""
    out = {}
    for kind, notes in forcing.items():
        if notes.get("kind_of_record") == "steady":
            date = str(notes.get("first_level") or "")
            # A file without times gets the run's own for its level; only the note tells that apart.
            out[kind] = date[:10] if date and f"of {date}" in str(notes.get("note", "")) else ""
    return out
