"""The words on the figures, by language."""

from __future__ import annotations

from typing import Any

WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "heading": "Where drifting boats come ashore",
        "climatology": "Typical season, from a climatology of {fields}: not the record of any one year",
        "hindcast": "Hindcast with {fields} of the period",
        "period": "{fields} of the period",
        "drawn": "{fields} from a climatology",
        "steady": "a steady {field} of {date}",
        "steady_undated": "a steady {field}",
        "over": "{fields} over {steady}",
        "rest_climatology": ", the rest from a climatology",
        "rest_unknown": ", the rest of no stated record",
        "no_hindcast": "{fields}: not a hindcast",
        "lost": "Boats set adrift from {first} to {last}",
        "lost_once": "Boats set adrift on {first}",
        "scale": "Landings along the coast",
        "scale_unit": "boats per km, of 1000 released",
        "no_landings": "no boat came ashore",
        "landings": ("{n} landing in all", "{n} landings in all"),
        "regions": "Share of Japan’s landings",
        "season": "(range of single wind seasons)",
        "sampling": "(sampling interval only)",
        "probability": "probability {value}",
        "rest": "Elsewhere in Japan {value}",
        "current": "mean current {speed:g} m/s",
        "wind": "mean wind {speed:g} m/s",
        "source": "{share} of boats",
        "source_key": "where boats begin to drift",
        "caveat": (
            "Shares and probabilities (of all boats released) hold for the stated sources "
            "and for boats that stay afloat."
        ),
        "caveat_season": (
            "Ranges: 2.5–97.5 % of single wind seasons; the choice of source, boat and current is not in them."
        ),
        "caveat_sampling": (
            "Ranges: sampling only, for want of members; seasons and the choice of source, boat and current are not in "
            "them."
        ),
        "sources": "Sources: {sources}.",
        "smoothing": "Ribbon smoothed over {km:g} km of coast (standard deviation).",
        "run": "{boats} boats, {members}, seed {seed}, driftsim {version}.",
        "members": ("{n} member", "{n} members"),
        "backward": {  # a path back to a coast is no arrival
            "heading": "Where drifting boats may have come from",
            "lost": "Paths traced back in time from {first} to {last}",
            "lost_once": "Paths traced back in time from {first}",
            "scale": "Paths back to the coast",
            "scale_unit": "paths per km, of 1000 traced",
            "no_landings": "no path leads back to a coast",
            "landings": ("{n} path in all", "{n} paths in all"),
            "regions": "Share of paths back to Japan",
            "probability": "of all paths {value}",
            "source": "{share} of paths",
            "source_key": "where paths are traced from",
            "caveat": (
                "Traced backward in time: no forecast of arrivals. Shares hold for the stated places and dates, "
                "all places of origin weighted alike."
            ),
        },
        "credit": "Data: {credits}.",
        "coast_credit": "coast GSHHG 2.3.7 (Wessel & Smith 1996, LGPL)",
        "kinds": {"wind": "wind", "stokes": "Stokes drift", "current": "current"},
        "and": " and ",
        "months": (
            "January", "February", "March", "April", "May", "June",
            "July", "August", "September", "October", "November", "December",
        ),
        "places": (
            ("RUSSIA", 135.3, 46.2), ("CHINA", 128.9, 44.4), ("NORTH KOREA", 128.35, 40.85),
            ("SOUTH KOREA", 128.3, 36.75),
            ("HOKKAIDO", 141.95, 43.3), ("HONSHU", 139.0, 36.2), ("KYUSHU", 131.1, 32.6), ("SAKHALIN", 142.55, 48.6),
        ),
        "waters": (("Tsugaru Strait", 141.95, 41.62), ("Korea Strait", 128.5, 34.0), ("Pacific\nOcean", 142.0, 36.0)),
    }
}  # fmt: skip
