"""The words of the table, by language."""

from __future__ import annotations

from ..system.kinds import Json

WORDS: dict[str, Json] = {
    "en": {
        "outcomes": {
            "adrift": "still adrift at the end",
            "left": "leave the domain",
            "sunk": "sunk at the rate set in the config",
            "other_home": "on other coasts of {home}",
            "other": "on coasts elsewhere",
        },
        # why no range of seasons is given
        "unknown": {
            "members": "fewer than {members:g} members",
            "boats": "fewer than {boats:g} boats a member",
            "cases": "too few landings in {home} a member",
            "landings": "fewer than {landings:g} landings a member",
        },
    }
}
