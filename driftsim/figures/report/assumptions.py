"""What a run assumes, in plain words, from its resolved config and the notes of its fields."""

from __future__ import annotations

from collections.abc import Mapping

from ...drift import leeway
from ...results import answer
from ...results.caveats import steady_fields
from ...results.statistics import RECORDS
from ...system.errors import InputError
from ...system.kinds import JsonView


def assumptions(config: JsonView, summary: JsonView, words: JsonView, when: str) -> list[tuple[str, str]]:
    """Assumptions as pairs of what and how.

    Parameters
    ----------
    config
        Tables of the resolved config.
    summary
        The run's numbers.
    words
        The words of `driftsim.words.report`.
    when
        When boats are lost.
    """
    text: Mapping[str, str] = words["assume"]
    boats, coast = config.get("boats", {}), config.get("coast", {})
    pairs = [("where", text["where_text"].format(sources=_sources(summary), when=when)), _afloat(boats, text)]
    pairs += [("boats", _boats(boats, text))]
    pairs += [(kind, _field(kind, summary, text)) for kind in ("wind", "current", "stokes")]
    if "stokes" not in summary["forcing"] and not _by_leeway(boats):
        pairs[-1] = ("stokes", text["no_stokes_windage"])
    eddies = summary["forcing"].get("eddies")
    form = "error_text" if eddies and eddies.get("product") == "error" else "eddies_text"
    drawn = text[form].format(members=eddies["members"]) + " " if eddies else ""
    pairs += [("mixing", drawn + _mixing(config.get("mixing", {}), text, drawn=bool(drawn)))]
    pairs += [("landing", text["no_landing" if coast.get("shoreline") == "none" else "landing_text"])]
    if answer.has_coast(summary) and not answer.is_backward(summary):
        kind = answer.range_kind(summary)
        pairs += [("interval", text[f"interval_{kind}"].format(members=summary["members"]))]
    return [(text[key], sentence) for key, sentence in pairs]


def _sources(summary: JsonView) -> str:
    many = sum(source["boats"] for source in summary["sources"]) or 1
    parts = sorted(summary["sources"], key=lambda source: -source["boats"])
    return ", ".join(f"{source['source'].replace('_', ' ')} {100 * source['boats'] / many:.3g} %" for source in parts)


def _afloat(boats: JsonView, text: Mapping[str, str]) -> tuple[str, str]:
    sinking = boats.get("sinking")
    if sinking:
        return "sinking", text["sinking_text"].format(
            after=f"{sinking['after_days']:g}", life=f"{sinking['mean_life_days']:g}"
        )
    return "afloat", text["afloat_text"]


def class_label(entry: JsonView) -> str:
    """A class of boats for people: what it is in the leeway table, or its windage; a name of its own stands first."""
    if entry.get("leeway"):
        try:
            found = leeway.find(entry["leeway"])
            what, key = found.label, found.key
        except InputError:
            what = key = str(entry["leeway"])
    else:
        what = key = f"{entry.get('windage_percent', 0):g} % of the wind"
    name = str(entry.get("name") or key)
    return what if name in (key, what) else f"{name} ({what})"


def _by_leeway(boats: JsonView) -> bool:
    """Whether some boats drift by the leeway table: then there is a deviation, a side of the wind, and the waves."""
    return any(kind.get("leeway") and kind.get("share", 0.0) > 0.0 for kind in boats.get("classes", []))


def _boats(boats: JsonView, text: Mapping[str, str]) -> str:
    kinds = boats.get("classes", [])
    some = [f"{class_label(kind)} {100 * kind['share']:.3g} %" for kind in kinds if kind.get("share", 0.0) > 0.0]
    out = [text["boats_text"].format(classes=", ".join(some) or "–")]
    if not _by_leeway(boats):
        return out[0]
    out.append(text["leeway_text"])
    kept = boats.get("perturbation", "kept") == "kept"
    out.append(
        text["deviation_kept" if kept else "deviation_redrawn"].format(hours=_number(boats, "perturbation_hours"))
    )
    out.append(text["jibing"].format(percent=_number(boats, "jibe_percent_per_hour")))
    if boats.get("capsizing"):
        out.append(text["capsizing"].format(wind=_number(boats["capsizing"], "wind_m_s")))
    return " ".join(out)


def _number(table: JsonView, key: str) -> str:
    return f"{float(table.get(key, 0.0)):g}"


def _field(kind: str, summary: JsonView, text: Mapping[str, str]) -> str:
    notes = summary["forcing"].get(kind)
    if notes is None:
        return text.get(f"no_{kind}", "")
    if kind in steady_fields(summary["forcing"]):
        form = "field_steady"
    else:
        form = "field_record" if notes.get("kind_of_record") in RECORDS else "field_climatology"
    out = text[form].format(title=str(notes.get("title") or notes.get("product") or kind).rstrip("."))
    if float(notes.get("scale", 1.0)) != 1.0:
        out += " " + text["scaled"].format(scale=_number(notes, "scale"))
    return out


def _mixing(mixing: JsonView, text: Mapping[str, str], *, drawn: bool) -> str:
    out = []
    if mixing.get("flight_speed_m_s"):
        speed, days = _number(mixing, "flight_speed_m_s"), _number(mixing, "flight_time_days")
        out.append(text["flight_text"].format(speed=speed, days=days))
    if mixing.get("diffusivity_m2_s"):
        out.append(text["walk_text"].format(k=_number(mixing, "diffusivity_m2_s")))
    return " ".join(out) or ("" if drawn else text["no_mixing"])
