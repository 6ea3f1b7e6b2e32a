"""The words of maps, report and table, by language."""

from __future__ import annotations

from datetime import date
from typing import Any

from driftsim.area.area import Area, default, pick
from driftsim.system.errors import InputError
from driftsim.words import en, ja, ko, report, table

WORDS: dict[str, dict[str, Any]] = {"en": en.WORDS, "ja": ja.WORDS, "ko": ko.WORDS}
"""The words of maps, and those that the report and the table share with them."""

SHARED = ("months", "day", "day_year")
"""Keys of words that stand with the maps and serve everywhere."""


def language(words: dict[str, dict[str, Any]], lang: str) -> dict[str, Any]:
    """The words of a language.

    Raises
    ------
    InputError
        For a language that there are no words in.
    """
    if lang not in words:
        raise InputError(f"lang = {lang!r}: no words for it; there is {', '.join(repr(key) for key in words)}")
    return words[lang]


def table_words(lang: str = "en") -> dict[str, Any]:
    """The words of the table."""
    return {**{key: WORDS[lang][key] for key in SHARED}, **language(table.WORDS, lang)}


def report_words(lang: str, *, backward: bool = False) -> dict[str, Any]:
    """The words of the report, for the direction of the run."""
    own = language(report.WORDS, lang)
    over = own["backward"] if backward else {}
    assume = {key.removeprefix("assume_"): value for key, value in over.items() if key.startswith("assume_")}
    out = {key: WORDS[lang][key] for key in SHARED}
    out |= {key: value for key, value in own.items() if key != "backward"}
    out |= {key: value for key, value in over.items() if not key.startswith("assume_")}
    return {**out, "assume": {**own["assume"], **assume}}


def day_words(words: dict[str, Any], day: date, *, year: bool) -> str:
    """Day and month in words, with the year where it means something."""
    return words["day_year" if year else "day"].format(day=day.day, month=words["months"][day.month - 1], year=day.year)


def words_of(lang: str, *, backward: bool = False, area: Area | None = None) -> dict[str, Any]:
    """The words of maps, for the direction of the run and its area (by default the default one)."""
    words = {**language(WORDS, lang), **_of_area(area or default(), lang)}
    if not backward:
        return at_home(words, words["home"])
    figures = {**words["figures"], "density": words["backward"]["figures_density"]}
    return at_home({**words, **words["backward"], "figures": figures}, words["home"])


def _of_area(area: Area, lang: str) -> dict[str, Any]:
    """What an area gives to the words: its names in a language."""
    file = area.file
    return {
        "home": area.name(area.home, lang) if area.home else "",
        "region_names": {key: area.name(key, lang, short=True) for key in area.regions if area.knows(key, lang)},
        "source_names": {name.lower(): of.name[lang] for of in file.sources if lang in of.name for name in of.names},
        "ports": {port.name.lower(): port.names[lang] for port in area.ports if lang in port.names},
        "sea_names": {key: two_lines(pick(names, lang)) for key, names in file.sea.names.items()},
        "sea_keys": {pick(names, "en").lower(): key for key, names in file.sea.names.items()},
        "sea": file.sea.customary.get(lang, ""),
        "sea_title": area.title(lang),
        "sea_at": file.sea.at,
        "places": [(two_lines(pick(of.name, lang)), *of.at) for of in file.labels if of.kind == "land"],
        "waters": [(two_lines(pick(of.name, lang)), *of.at) for of in file.labels if of.kind == "water"],
    }


def two_lines(text: str) -> str:
    """A label of an area: a | begins its second line."""
    return text.replace("|", "\n")


def at_home(words: Any, home: str) -> Any:
    """The words with the name of the home country in its place."""
    if isinstance(words, str):
        return words.replace("{home}", home)
    if isinstance(words, dict):
        return {key: at_home(value, home) for key, value in words.items()}
    if isinstance(words, list | tuple):
        return type(words)(at_home(value, home) for value in words)
    return words


def sea_name(words: dict[str, Any], name: str | None) -> str:
    """What is printed on the sea: a key of the area's names or one of them in English, ``none``, or a name of one's own as it is.

    None gives the name that is customary in the language, else the area's.
    """
    if name is None:
        return str(words["sea_names"].get(words["sea"]) or words["sea_title"])
    key = name.strip().lower()
    if key in ("none", ""):
        return ""
    return str(words["sea_names"].get(words["sea_keys"].get(key, key)) or name)


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
    return words["region_names"].get(key) or given or key.replace("_", " ").title()
