"""The words of the report, by language. A language needs every key; ``backward`` goes over the others."""

from __future__ import annotations

from ..system.kinds import Json

WORDS: dict[str, Json] = {
    "en": {
        "heading": "Where drifting boats come ashore",
        "lead": "{boats} simulated boats, set adrift {when} and followed to {end} at the latest.",
        "lead_open": (
            "{boats} simulated boats, set adrift {when} and followed to {end}. There is no shore in this run: nothing "
            "can be said of landings."
        ),
        "when": "between {first} and {last}",
        "when_once": "on {first}",
        "record_climatology": "Typical season: no forecast, and the record of no one year.",
        "record_hindcast": "Hindcast: winds and currents of the period itself.",
        "record_mixed": "No hindcast: not all winds and currents are of the period itself.",
        "ends": "What became of {whole} boats",
        "ends_one": "What became of the boat",
        "end_adrift": "still at sea on {end}",
        "end_left": "left the area",
        "end_sunk": "sunk",
        "end_region": "ashore in {name}",
        "end_other_home": "ashore on other coasts of {home}",
        "end_other": "ashore on coasts elsewhere",
        "answer_mission": "The answer for four coasts",
        "answer_most": "Where most boats come ashore",
        "share": "of all boats that reach {home} come ashore here",
        "chance": "of all boats come ashore here",
        "share_row": "Share of {home}’s landings",
        "range_season": "nine seasons in ten: {low}–{high} %",
        "range_all": "nine seasons in ten: {low}–{high} %",
        "range_mean": "error of the mean: {low}–{high} %",
        "range_counting": "counting error: {low}–{high} %",
        "counting": "Counting error",
        "no_range": "no range of seasons can be given",
        "probability": "Chance of a boat to come ashore here",
        "days": "Days adrift",
        "days_value": "{p50} (mostly {p10} to {p90})",
        "near": "Come within 20 km",
        "none": "no boat of the run",
        "note_season": (
            "Nine seasons of weather in ten bring a number within the range. The large number is the mean of all "
            "{members}. Where a season has too few landings there is no range."
        ),
        "note_all": (
            "Nine seasons in ten bring a number within the range, which holds the weather and all that the config "
            "leaves open: each of the {members} members has drawn its own. The large number is the mean of all."
        ),
        "note_mean": (
            "The run has too few seasons of weather, or too few boats in each, to say how much winters differ. The "
            "range is how well the mean of all {members} is known, nine times in ten."
        ),
        "note_counting": (
            "The counting error is that of counting {boats} boats, and no more: other weather, another kind of boat or "
            "a stronger wind may change the numbers by far more."
        ),
        "map": "Map",
        "map_help": (
            "Drag or use the arrow keys to move, + and − to zoom, 0 to see all. With the tab key the coast "
            "comes next: arrow "
            "keys walk along it, Enter chooses a stretch. The same numbers stand in the table."
        ),
        "map_help_open": "Drag or use the arrow keys to move, + and − to zoom, 0 to see all.",
        "map_label": "Map of the landings",
        "coast_label": "Stretches of coast",
        "skip": "Skip the map",
        "zoom_in": "Zoom in",
        "zoom_out": "Zoom out",
        "zoom_reset": "See the whole sea",
        "no_script": "This viewer runs no scripts: the map shows all boats and cannot be changed. Open the file "
        "in a browser.",
        "coast": "Coast",
        "whole": "The whole sea",
        "class": "Kind of boat",
        "all_classes": "All",
        "month": "Month",
        "any_month": "Any",
        "adrift_in": "Set adrift in",
        "ashore_in": "Came ashore in",
        "play": "Play the drift",
        "pause": "Pause",
        "date": "Date",
        "dots": "{n} of the boats: afloat",
        "dots_ashore": "ashore",
        "dots_chosen": "bound for the chosen coast",
        "shading": "Where all boats are, mean of the week: {low} to {high} in a cell",
        "scale": "Landings: boats per km of coast, of 1000 set adrift",
        "more": "more",
        "weeks": "Landings by week",
        "weeks_label": "Landings by week on this coast: {n} in all, most in the week from {date} ({most})",
        "weeks_none": "No landings on this coast",
        "readout": "{name}: {probability} of {boats} boats come ashore here",
        "readout_whole": "{probability} of {boats} boats come ashore in {home}",
        "here": "at this place about {value} boats per km, of 1000",
        "numbers": "Every coast in numbers",
        "numbers_caption": "Chance of coming ashore by coast, for {what}; most likely first",
        "everything": "all boats",
        "of_class": "boats of the kind {name}",
        "of_r": "set adrift in {month}",
        "of_l": "counting landings of {month} alone",
        "col_coast": "Coast",
        "col_boats": "Boats ashore",
        "col_probability": "Chance",
        "col_share": "Share of {home}’s landings",
        "col_season": "Nine seasons in ten",
        "col_all": "Nine seasons in ten",
        "col_mean": "Error of the mean",
        "col_counting": "Counting error",
        "col_days": "Days adrift: half of the boats",
        "check": "Checked against the records",
        "check_none": (
            "This run has not been compared with records of real landings. <code>driftsim validate</code> does "
            "that, and "
            "the result then stands here."
        ),
        "check_caption": "{events} recorded events ({records}): how many the run leads to expect, and how many "
        "there were",
        "check_expected": "Expected (90 %)",
        "check_recorded": "Recorded",
        "check_or_more": "{count} or more",
        "check_unlike": "p-value",
        "assumptions": "What is assumed",
        "provenance": "Where this comes from",
        "prov_program": "Program",
        "prov_run": "Run",
        "prov_run_value": "{boats} boats, {members} members, seed {seed}",
        "prov_config": "Config, SHA-256",
        "prov_data": "Data",
        "prov_libraries": "Libraries",
        "prov_coast": "Coastline: GSHHG 2.3.7 (Wessel and Smith 1996), simplified; GNU LGPL 3 or later",
        "prov_config_text": "The whole config, to run it again",
        "prov_inputs": "Input files and their checksums",
        "footer": "Simulated drift, not observed. A research tool and no basis for a search at sea.",
        "of_100": "about {n} in 100 boats",
        "of_1000": "about {n} in 1000 boats",
        "below_1000": "fewer than 1 in 1000 boats",
        "assume": {
            "where": "Where and when boats are lost",
            "where_text": (
                "{sources}; {when}. The numbers hold for these places and dates, and follow them closely: they are the "
                "first thing to doubt."
            ),
            "afloat": "Boats stay afloat",
            "afloat_text": "No boat sinks in this run. Nothing here says how many boats were lost.",
            "sinking": "Boats sink",
            "sinking_text": "From day {after} on boats sink, after {life} days on average. The rate is an assumption.",
            "boats": "Kind of boat",
            "boats_text": "{classes}.",
            "leeway_text": "How a hull drifts in the wind comes from the leeway table of the US Coast Guard.",
            "deviation_kept": "Each boat deviates from the mean of its kind, in the same way for the whole drift.",
            "deviation_redrawn": "Each boat deviates from the mean of its kind, anew every {hours} hours.",
            "jibing": "The side of the wind to which it drifts changes with a chance of {percent} % an hour.",
            "capsizing": "A boat may capsize in strong wind: a chance of one half an hour at {wind} m/s.",
            "wind": "Wind",
            "current": "Current",
            "stokes": "Waves",
            "field_climatology": "{title}: a typical season, not the weather of any year.",
            "field_steady": "{title}: one field at all times.",
            "field_record": "{title}.",
            "scaled": "Multiplied by {scale}.",
            "no_wind": "No wind: boats drift with the current alone.",
            "no_stokes": "No push of its own: leeway measured at sea holds that of the waves already.",
            "no_stokes_windage": "No push of their own.",
            "mixing": "Eddies",
            "error_text": "The current errs; the error is drawn, once for each of {members} members.",
            "eddies_text": "Eddies are drawn, those of one season for each of {members} members.",
            "flight_text": "What the current does not resolve is a random motion of {speed} m/s that lasts "
            "{days} days.",
            "walk_text": "What the current does not resolve is random mixing of {k} m²/s.",
            "no_mixing": "No more than those in the current.",
            "landing": "Landing",
            "landing_text": "A boat has landed at the first shore that its path touches, whether a beach or a "
            "cliff, and "
            "whether anybody finds it or not.",
            "no_landing": "There is no shore in this run.",
            "interval": "The ranges",
            "interval_season": "They hold chance and weather: {members} seasons of it. They do not hold the choice of "
            "places, boats or currents, which may matter more.",
            "interval_all": "They hold chance, weather and what the config leaves open: {members} members, each a "
            "season of weather and a draw of it. What the config does not leave open they do not hold.",
            "interval_mean": "They hold chance and weather, of {members} members, as the error of the mean. They do "
            "not hold the choice of places, boats or currents, which may matter more.",
            "interval_counting": "The counting error is that of counting alone. It does not hold other weather, nor "
            "the choice of places, boats or currents, which may matter more.",
        },
        "backward": {
            "heading": "Where drifting boats may have come from",
            "lead": "{boats} paths traced back in time from where boats were, {when}, to {end} at the earliest. No "
            "forecast of arrivals.",
            "lead_open": "{boats} paths traced back in time from where boats were, {when}, to {end}. No forecast of "
            "arrivals.",
            "ends": "What became of {whole} paths",
            "ends_one": "What became of the path",
            "end_adrift": "at sea on {end}, where the period begins",
            "end_left": "from beyond the area",
            "end_met": "met a shore on the way back: they end there, which says nothing of where the boat began",
            "where": (
                "On {end} nine in ten of those at sea lie between {west} and {east} E (the middle one at {lon}), and "
                "nine in ten between {south} and {north} N (the middle one at {lat}). The map shows where they may "
                "have been, week by week."
            ),
            "adrift_in": "Traced from",
            "play": "Play the paths",
            "dots": "{n} of the paths: at sea",
            "dots_ashore": "met a shore",
            "everything": "all paths",
            "of_r": "traced from {month}",
            "map_label": "Map of where the boats may have been",
            "assume_where": "Where and when boats were",
            "assume_landing": "Shore",
            "assume_landing_text": "A path ends at the first shore that it meets.",
            "assume_afloat": "Boats were afloat",
            "assume_afloat_text": "A boat was afloat all the time.",
        },
    }
}
