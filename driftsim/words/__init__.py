"""The words on the figures, by language."""

from __future__ import annotations

from typing import Any

from driftsim.figures.maps.words import en, ja, ko
from driftsim.system.errors import InputError

WORDS: dict[str, dict[str, Any]] = {"en": en.WORDS, "ja": ja.WORDS, "ko": ko.WORDS}


def words_of(lang: str, *, backward: bool = False) -> dict[str, Any]:
    """The words of a language, for the direction of the run.

    Raises
    ------
    InputError
        For a language that there are no words in.
    """
    if lang not in WORDS:
        raise InputError(f"lang = {lang!r}: no words for it; there is {', '.join(repr(key) for key in WORDS)}")
    words = WORDS[lang]
    if not backward:
        return words
    figures = {**words["figures"], "density": words["backward"]["figures_density"]}
    return {**words, **words["backward"], "figures": figures}


def sea_name(words: dict[str, Any], name: str | None) -> str:
    """What is printed on the sea: ``japan``, ``east``, ``both``, ``none``, or a name of one's own as it is.

    None gives the name that is customary in the language.
    """
    key = words["sea"] if name is None else name.strip().lower()
    if key in ("none", ""):
        return ""
    known = {"sea of japan": "japan", "east sea": "east"}
    return words["sea_names"].get(known.get(key, key), name or "")


def source_name(words: dict[str, Any], name: str) -> str:
    """A source's name as a person would write it: ``yamato_bank`` becomes ``Yamato Bank``, ``off_Sinpo`` Off Sinpo."""
    parts = name.replace("_", " ").split()
    plain = " ".join(parts).lower()
    if plain in words["source_names"]:
        return words["source_names"][plain]
    if parts and parts[0].lower() == "off" and plain[4:] in words["ports"]:
        return words["off"].format(port=words["ports"][plain[4:]])
    whole = " ".join(word[:1].upper() + word[1:] for word in parts) if name == name.lower() else " ".join(parts)
    return whole[:1].upper() + whole[1:]


def region_name(words: dict[str, Any], key: str, given: str | None = None) -> str:
    """Name of a region of the coast in the language of the words; else the one given."""
    from driftsim.area.regions import REGIONS

    return words["region_names"].get(key) or given or (REGIONS[key].name if key in REGIONS else key.title())
