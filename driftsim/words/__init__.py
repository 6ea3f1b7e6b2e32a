"""The words of maps, report and table, by language."""

from __future__ import annotations

from datetime import date

from driftsim.area.area import Area, default, pick
from driftsim.system.errors import InputError
from driftsim.words import en, ja, ko, report, table

from ..system.kinds import Json, JsonView

WORDS: dict[str, Json] = {"en": en.WORDS, "ja": ja.WORDS, "ko": ko.WORDS}
"""The words of maps, and those that the report and the table share with them."""

SHARED = ("months", "day", "day_year")
"""Keys of words that stand with the maps and serve everywhere."""


def language(words: dict[str, Json], lang: str) -> Json:
    """The words of a language.

    Raises
    ------
    InputError
        For a language that there are no words in.
    """
    if lang not in words:
        raise InputError(f"lang = {lang!r}: no words for it; there is {', '.join(repr(key) for key in words)}")
    return words[lang]


def table_words(lang: str = "en") -> Json:
    """The words of the table."""
    return {**{key: WORDS[lang][key] for key in SHARED}, **language(table.WORDS, lang)}


def report_words(lang: str, *, backward: bool = False) -> Json:
    """The words of the report, for the direction of the run."""
    own = language(report.WORDS, lang)
    over = own["backward"] if backward else {}
    assume = {key.removeprefix("assume_"): value for key, value in over.items() if key.startswith("assume_")}
    out = {key: WORDS[lang][key] for key in SHARED}
    out |= {key: value for key, value in own.items() if key != "backward"}
    out |= {key: value for key, value in over.items() if not key.startswith("assume_")}
    return {**out, "assume": {**own["assume"], **assume}}


def day_words(words: Json, day: date, *, year: bool) -> str:
    """Day and month in words, with the year where it means something."""
    return str(
        words["day_year" if year else "day"].format(day=day.day, month=words["months"][day.month - 1], year=day.year)
    )


def words_of(lang: str, *, backward: bool = False, area: Area | None = None) -> Json:
    """The words of maps, for the direction of the run and its area (by default the default one)."""
    words = {**language(WORDS, lang), **_of_area(area or default(), lang)}
    if not backward:
        return at_home(words, words["home"])
    figures = {**words["figures"], "density": words["backward"]["figures_density"]}
    return at_home({**words, **words["backward"], "figures": figures}, words["home"])


def _of_area(area: Area, lang: str) -> Json:
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


def at_home(words: JsonView, home: str) -> Json:
    """The words with the name of the home country in its place."""
    return {key: _at_home(value, home) for key, value in words.items()}


def _at_home(words: object, home: str) -> object:
    if isinstance(words, str):
        return words.replace("{home}", home)
    if isinstance(words, dict):
        return at_home(words, home)
    if isinstance(words, list | tuple):
        return type(words)(_at_home(value, home) for value in words)
    return words


def sea_name(words: Json, name: str | None) -> str:
    """What is printed on the sea: a key of the area's names or one of them in English, ``none``, or a name of one's own as it is.

    None gives the name that is customary in the language, else the area's.
    """
    if name is None:
        return str(words["sea_names"].get(words["sea"]) or words["sea_title"])
    key = name.strip().lower()
    if key in ("none", ""):
        return ""
    return str(words["sea_names"].get(words["sea_keys"].get(key, key)) or name)


def source_name(words: Json, name: str) -> str:
    """A source's name as a person would write it: ``yamato_bank`` becomes ``Yamato Bank``, ``off_Sinpo`` Off Sinpo."""
    parts = name.replace("_", " ").split()
    plain = " ".join(parts).lower()
    if plain in words["source_names"]:
        return str(words["source_names"][plain])
    if parts and parts[0].lower() == "off" and plain[4:] in words["ports"]:
        return str(words["off"].format(port=words["ports"][plain[4:]]))
    whole = " ".join(word[:1].upper() + word[1:] for word in parts) if name == name.lower() else " ".join(parts)
    return whole[:1].upper() + whole[1:]


def region_name(words: Json, key: str, given: str | None = None) -> str:
    """Name of a region of the coast in the language of the words; else the one given."""
    return words["region_names"].get(key) or given or key.replace("_", " ").title()
