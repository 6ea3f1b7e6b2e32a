"""Configs that must be refused: what stands in the file, and what the message must say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

GOOD = """\
[run]
title = "A test"
start = 2017-10-01
end = 2017-12-31T12:00:00
step_minutes = 30.0

[current]
product = "climatology"

[wind]
members = 7

[boats]
number = 500

[[boats.classes]]
leeway = 54
share = 0.25

[[boats.classes]]
windage_percent = 2.5
share = 0.75

[release]
first = 2017-10-03
last = 2017-10-09

[[release.sources]]
name = "bank"
kind = "polygon"
points = [
  [133.0, 38.6],
  [136.0, 38.6],
  [135.5, 40.1],
]
"""

# GOOD with one text replaced: (old, new), key, line, words.
CHANGED = [
    # run
    (("end = 2017-12-31T12:00:00", "end = 2017-09-30"), "run.end", 4, "later than run.start"),
    (("step_minutes = 30.0", "step_minutes = 7"), "run.step_minutes", 5, "divide 24 h"),
    (("end = 2017-12-31T12:00:00", "end = 2017-12-31T12:10:00"), "run.end", 4, "whole number of steps"),
    (("step_minutes = 30.0", "step_minutes = 0.01"), "run.end", 4, "at most 10000000"),
    (("step_minutes = 30.0", "step_minutes = nan"), "run.step_minutes", 5, "a number"),
    (("step_minutes = 30.0", "step_minutes = '30'"), "run.step_minutes", 5, "a number (minutes), above 0"),
    (("step_minutes = 30.0", "step_minutes = true"), "run.step_minutes", 5, "a number"),
    (("start = 2017-10-01", "start = 12:30:00"), "run.start", 3, "a date"),
    (("start = 2017-10-01", "start = 'soon'"), "run.start", 3, "a date"),
    (("start = 2017-10-01", "start = 0001-01-01T00:00:00+23:00"), "run.start", 3, "1900 to 2200"),
    (("start = 2017-10-01", "start = 2017-10-01T00:00:00.5"), "run.start", 3, "whole second"),
    (('title = "A test"', r'title = "a\u001b[31m"'), "run.title", 2, "control characters"),
    # fields
    (('product = "climatology"', 'product = "cf"'), "current.files", 7, "must name a file"),
    (('product = "climatology"', 'files = ["a.nc"]'), "current.files", 8, 'does not go with product = "climatology"'),
    (('product = "climatology"', "steady = true"), "current.steady", 8, "does not go with"),
    (('product = "climatology"', "eddy_km = 20"), "current.eddy_km", 8, "at least 40"),
    (('product = "climatology"', "eddy_scale = 0.0\neddy_days = 8"), "current.eddy_days", 9, "eddy_scale = 0"),
    (("last = 2017-10-09", "last = 2017-10-09\nhazard_wind_m_s = 12"), "release.hazard_wind_m_s", 27, '"above" only'),
    (('product = "climatology"', 'product = "wind_roses"'), "current.product", 8, "is not a product for [current]"),
    (("members = 7", 'product = "gfs"\nfiles=["study.toml"]\nmembers = 7'), "wind.members", 13, "wind_roses"),
    (("members = 7", "members = 10001"), "wind.members", 11, "at most 10_000"),
    (("members = 7", 'product = "cf"\nfiles=["study.toml"]\nu = "x"'), "wind.u", 13, "must come with wind.v"),
    (
        ("members = 7", 'product = "cf"\nfiles=["study.toml"]\nstamp = "instant"\ninterval_hours = 3'),
        "wind.interval_hours",
        14,
        "instant",
    ),
    # boats
    (("number = 500", "number = 1_000_000_001"), "boats.number", 14, "at most 1_000_000_000"),
    (("number = 500", "number = 500.0"), "boats.number", 14, "whole number"),
    (("share = 0.25", "share = 0.2"), "boats.classes", 16, "add up to 0.95"),
    (("share = 0.25", "share = 0.25\nwindage_percent = 1"), "boats.classes[0].windage_percent", 19, "one of the two"),
    (("leeway = 54\n", ""), "boats.classes[0]", 16, "must have leeway or windage_percent"),
    (("leeway = 54", "leeway = 35"), "boats.classes[0].leeway", 17, "not the number of a leeway class"),
    (
        ("leeway = 54", "leeway = 54\nwindage_angle_deg = 3"),
        "boats.classes[0].windage_angle_deg",
        18,
        "windage_percent",
    ),
    (("leeway = 54", 'leeway = 54\nname = "windage 2.5 %"'), "boats.classes[1].name", 21, "too like"),
    (("number = 500", "perturbation_hours = 12"), "boats.perturbation_hours", 14, "redrawn"),
    (
        ("share = 0.25", 'share = 0.25\nname = "skiff_3 capsized"\n[boats.capsizing]'),
        "boats.classes[0].name",
        19,
        "have capsized",
    ),
    # release
    (("last = 2017-10-09", "last = 2017-10-02"), "release.last", 26, "earlier than first"),
    (("last = 2017-10-09", "last = 2018-10-09"), "release.last", 26, "within the run"),
    (("first = 2017-10-03", "first = 2017-09-03"), "release.first", 25, "within the run"),
    (("first = 2017-10-03\n", ""), "release.sources[0].first", 27, "is missing"),
    (
        ('kind = "polygon"', 'kind = "polygon"\ndates = [2017-10-05, 2018-01-05]'),
        "release.sources[0].dates[1]",
        31,
        "run",
    ),
    (('kind = "polygon"', 'kind = "polygon"\ndaily_weights = [1, -1]'), "release.sources[0].daily_weights", 31, "0 or"),
    (('kind = "polygon"', 'kind = "polygon"\nweight = 0'), "release.sources", 28, "above 0"),
    (('kind = "polygon"', 'kind = "polygon"\nradius_km = 3'), "release.sources[0].radius_km", 31, "does not go with"),
    (("  [136.0, 38.6],\n", ""), "release.sources[0].points", 31, "3 or more different points"),
    (("  [136.0, 38.6],", "  [38.6, 136.0],"), "release.sources[0].points[1]", 33, "longitude first"),
    (("  [136.0, 38.6],", "  [136.0, 51.6],"), "release.sources[0].points[1]", 33, "must lie in the domain"),
    (("  [136.0, 38.6],", "  [136.0, inf],"), "release.sources[0].points[1][1]", 33, "[longitude, latitude]"),
    (("  [136.0, 38.6],", "  [136.0, 38.6, 0],"), "release.sources[0].points[1]", 33, "[longitude, latitude]"),
    (
        ("[135.5, 40.1],", "[135.5, 40.1], [134, 38]"),
        "release.sources[0].points",
        31,
        "crosses or touches",
    ),
    (("[135.5, 40.1],", "[134, 38.6]"), "release.sources[0].points", 31, ""),
    (('name = "bank"', 'name = "../bank"'), "release.sources[0].name", 29, "no slash"),
    (('name = "bank"', 'name = ""'), "release.sources[0].name", 29, "not empty"),
    (('name = "bank"', 'name = "a\\u202eb"'), "release.sources[0].name", 29, "invisible"),
    (('name = "bank"', f'name = "{"x" * 81}"'), "release.sources[0].name", 29, "at most 80"),
    # run, once more
    (('title = "A test"', "title = 3"), "run.title", 2, "must be text"),
    (('title = "A test"', f'title = "{"x" * 201}"'), "run.title", 2, "at most 200 characters"),
    (('title = "A test"', 'title = """a\nb"""'), "run.title", 2, "line breaks"),
    (('title = "A test"', 'title = "a\\u202eb"'), "run.title", 2, "invisible"),
    (("start = 2017-10-01", "start = 3"), "run.start", 3, "a date"),
    (("start = 2017-10-01", "start = [2017-10-01]"), "run.start", 3, "a date"),
    (("start = 2017-10-01", "start = '2017-13-01'"), "run.start", 3, "a date"),
    (("start = 2017-10-01", "start = ''"), "run.start", 3, "a date"),
    (("start = 2017-10-01", "start = 1899-12-31"), "run.start", 3, "1900 to 2200"),
    (("start = 2017-10-01", "start = 2201-01-01"), "run.start", 3, "1900 to 2200"),
    (("end = 2017-12-31T12:00:00", "end = 2017-10-01"), "run.end", 4, "later than run.start"),
    (("step_minutes = 30.0", "step_minutes = 0"), "run.step_minutes", 5, "above 0"),
    (("step_minutes = 30.0", "step_minutes = -0.0"), "run.step_minutes", 5, "above 0"),
    (("step_minutes = 30.0", "step_minutes = -30"), "run.step_minutes", 5, "above 0"),
    (("step_minutes = 30.0", "step_minutes = 1441"), "run.step_minutes", 5, "at most 1440"),
    (("step_minutes = 30.0", "step_minutes = inf"), "run.step_minutes", 5, "a number"),
    (("step_minutes = 30.0", "step_minutes = [30]"), "run.step_minutes", 5, "a number"),
    (("step_minutes = 30.0", "step_minutes = 1e-300"), "run.end", 4, "e+305 steps; at most 10000000"),
    (("step_minutes = 30.0", "seed = -1"), "run.seed", 5, "at least 0"),
    (("step_minutes = 30.0", "seed = 9223372036854775808"), "run.seed", 5, "at most 9_223_372_036_854_775_807"),
    (("step_minutes = 30.0", f"seed = 0x{'f' * 60}"), "run.seed", 5, "a whole number"),
    (("step_minutes = 30.0", "seed = 1.5"), "run.seed", 5, "a whole number"),
    (("step_minutes = 30.0", "seed = 1e3"), "run.seed", 5, "a whole number"),
    (("step_minutes = 30.0", "seed = nan"), "run.seed", 5, "a whole number"),
    (("step_minutes = 30.0", "seed = '1'"), "run.seed", 5, "a whole number"),
    (("step_minutes = 30.0", "seed = true"), "run.seed", 5, "a whole number"),
    (("step_minutes = 30.0", "threads = -1"), "run.threads", 5, "at least 0"),
    (("step_minutes = 30.0", "threads = 1025"), "run.threads", 5, "at most 1_024"),
    (("step_minutes = 30.0", "threads = 2.0"), "run.threads", 5, "a whole number"),
    (("step_minutes = 30.0", "scheme = 4"), "run.scheme", 5, 'one of "rk4", "rk2", "euler"'),
    (("step_minutes = 30.0", "precision = 'half'"), "run.precision", 5, 'one of "single", "double"'),
    (("step_minutes = 30.0", "direction = 'up'"), "run.direction", 5, 'one of "forward", "backward"'),
    (("step_minutes = 30.0", "metric = 'flat'"), "run.metric", 5, 'one of "wgs84", "sphere", "nautical"'),
    (("step_minutes = 30.0", "extra = 1"), "run.extra", 5, "is not a key; there are title, start"),
    # fields, once more
    (("members = 7", "members = 0"), "wind.members", 11, "at least 1"),
    (("members = 7", "members = -3"), "wind.members", 11, "at least 1"),
    (("members = 7", "members = 2.5"), "wind.members", 11, "a whole number"),
    (("members = 7", "members = '7'"), "wind.members", 11, "a whole number"),
    (("members = 7", f"members = {'9' * 30}"), "wind.members", 11, "at most 10_000"),
    (("members = 7", "product = 'era5'"), "wind.files", 10, "must name a file or glob"),
    (("members = 7", "product = 'wind_roses'"), "wind.files", 10, "must name a file or glob"),
    (("members = 7", "fill_km = 3"), "wind.fill_km", 11, "which has a wind everywhere"),
    (("members = 7", "land = 'zero'"), "wind.land", 11, "which has a wind everywhere"),
    (('product = "climatology"', "product = ''"), "current.product", 8, "is not a product for [current]: climatology"),
    (('product = "climatology"', "product = 3"), "current.product", 8, "a product of the catalogue"),
    (('product = "climatology"', "depth = 0"), "current.depth", 8, "is not a key; there are product, files"),
    (('product = "climatology"', "scale = -1"), "current.scale", 8, "at least 0, at most 10"),
    (('product = "climatology"', "scale = 11"), "current.scale", 8, "at least 0, at most 10"),
    (('product = "climatology"', "scale = nan"), "current.scale", 8, "a number"),
    (('product = "climatology"', "scale = '1'"), "current.scale", 8, "a number"),
    (('product = "climatology"', "steady = 'yes'"), "current.steady", 8, "true or false"),
    (('product = "climatology"', "steady = 1"), "current.steady", 8, "true or false"),
    (('product = "climatology"', "stamp = 'noon'"), "current.stamp", 8, 'one of "auto", "middle"'),
    (('product = "climatology"', "interval_hours = -1"), "current.interval_hours", 8, "at least 0"),
    (('product = "climatology"', "interval_hours = 1e9"), "current.interval_hours", 8, "at most 9000"),
    (('product = "climatology"', "max_gap_hours = 1e9"), "current.max_gap_hours", 8, "at most 90000"),
    (('product = "climatology"', "fill_km = -1"), "current.fill_km", 8, "at least 0, at most 1000"),
    (('product = "climatology"', "fill_km = 1001"), "current.fill_km", 8, "at least 0, at most 1000"),
    (('product = "climatology"', "land = 'none'"), "current.land", 8, 'one of "fill", "zero"'),
    (('product = "climatology"', "u = 3"), "current.u", 8, "must be text"),
    (('product = "climatology"', "files = 'a.nc'"), "current.files", 8, "a list of files"),
    # boats, once more
    (("number = 500", "number = 0"), "boats.number", 14, "at least 1"),
    (("number = 500", "number = '500'"), "boats.number", 14, "a whole number"),
    (("number = 500", "number = 1e4"), "boats.number", 14, "a whole number"),
    (("number = 500", f"number = {'9' * 400}"), "boats.number", 14, "at most 1_000_000_000"),
    (("number = 500", "jibe_percent_per_hour = 100"), "boats.jibe_percent_per_hour", 14, "below 100"),
    (("number = 500", "jibe_percent_per_hour = -1"), "boats.jibe_percent_per_hour", 14, "at least 0"),
    (("number = 500", "perturbation = 'maybe'"), "boats.perturbation", 14, 'one of "kept", "redrawn"'),
    (("number = 500", "perturbation_hours = 0"), "boats.perturbation_hours", 14, "above 0"),
    (("leeway = 54", "leeway = 54.0"), "boats.classes[0].leeway", 17, "a key or number"),
    (("leeway = 54", "leeway = true"), "boats.classes[0].leeway", 17, "a key or number"),
    (("leeway = 54", "leeway = -1"), "boats.classes[0].leeway", 17, "not the number of a leeway class"),
    (("leeway = 54", f"leeway = {'9' * 30}"), "boats.classes[0].leeway", 17, "not the number of a leeway class"),
    (("leeway = 54", "leeway = ''"), "boats.classes[0]", 16, "must have leeway or windage_percent"),
    (("leeway = 54", "leeway = 54\nname = 'a/b'"), "boats.classes[0].name", 18, "no slash"),
    (("leeway = 54", "leeway = 54\nname = '.hidden'"), "boats.classes[0].name", 18, "no dot in front"),
    (("leeway = 54", "leeway = 54\nname = '!!!'"), "boats.classes[0].name", 18, "a letter or a digit"),
    (("leeway = 54", "leeway = 54\nname = '   '"), "boats.classes[0].name", 18, "blank"),
    (("windage_percent = 2.5", "windage_percent = -1"), "boats.classes[1].windage_percent", 21, "at least 0"),
    (("windage_percent = 2.5", "windage_percent = 101"), "boats.classes[1].windage_percent", 21, "at most 100"),
    (("windage_percent = 2.5", "windage_percent = nan"), "boats.classes[1].windage_percent", 21, "a number"),
    (("windage_percent = 2.5", "windage_percent = 'two'"), "boats.classes[1].windage_percent", 21, "a number"),
    (("windage_percent = 2.5", "windage_angle_deg = 181"), "boats.classes[1].windage_angle_deg", 21, "at most 180"),
    (("share = 0.75", "share = 0.7500021"), "boats.classes", 16, "add up to 1.0000021"),
    (("share = 0.75", "share = 1.75"), "boats.classes[1].share", 22, "at most 1"),
    (("share = 0.75", "share = nan"), "boats.classes[1].share", 22, "a number"),
    (("share = 0.25", "share = 0"), "boats.classes", 16, "add up to 0.75"),
]

# A table at the end of GOOD: text, key, words.
APPENDED = [
    ("[coast]\ndomain = [143, 127, 33, 48]", "coast.domain", "west < east"),
    ("[coast]\ndomain = [127, 143, 33, 48.0, 1]", "coast.domain", "[west, east, south, north]"),
    ("[coast]\ndomain = [120, 143, 33, 48]", "coast.domain", "125 to 145 E, 30 to 53 N"),
    ("[coast]\ndomain = [127, 143, 33, 94]", "coast.domain", "latitudes"),
    ("[output]\ntrack_every_hours = 0.75", "output.track_every_hours", "multiple of the step"),
    ("[output]\ndensity_grid_deg = 0.01", "output.density_grid_deg", "cells"),
    ("[mixing]\ndiffusivity_m2_s = 3\ndiffusivity_file = 'study.toml'", "mixing.diffusivity_file", "one of the two"),
    ("[mixing]\ndiffusivity_file = 'k.nc'", "mixing.diffusivity_file", "no such file"),
    ("[mixing]\ndiffusivity_file = '..'", "mixing.diffusivity_file", "is a folder"),
    ("[boats.capsizing]\nwind_m_s = 0", "boats.capsizing.wind_m_s", "above 0"),
    ("[stokes]\nfiles = ['study.toml']", "stokes", "with_leeway = true"),
    ("[stokes]\nwith_leeway = true", "stokes.files", "must name a file"),
    ("[stokes]\nproduct = 'climatology'\nwith_leeway = true", "stokes.product", "not a product for [stokes]"),
    ("[boats.capsizing]\nwind_m_s = 101", "boats.capsizing.wind_m_s", "at most 100"),
    ("[boats.capsizing]\nwidth_m_s = -1", "boats.capsizing.width_m_s", "above 0"),
    ("[boats.capsizing]\nbecomes = 'RAFT-99'", "boats.capsizing.becomes", "is not a leeway class"),
    ("[boats.capsizing]\nbecomes = ''", "boats.capsizing.becomes", "not empty"),
    ("[boats.sinking]\nmean_life_days = 0", "boats.sinking.mean_life_days", "above 0"),
    ("[boats.sinking]\nmean_life_days = 1e7", "boats.sinking.mean_life_days", "at most 1e+06"),
    ("[boats.sinking]\nafter_days = -1", "boats.sinking.after_days", "at least 0"),
    ("[mixing]\ndiffusivity_m2_s = -1", "mixing.diffusivity_m2_s", "at least 0"),
    ("[mixing]\ndiffusivity_m2_s = 1e7", "mixing.diffusivity_m2_s", "at most 1e+06"),
    ("[mixing]\nflight_speed_m_s = 6", "mixing.flight_speed_m_s", "at most 5"),
    ("[mixing]\nflight_time_days = 0", "mixing.flight_time_days", "above 0"),
    ("[mixing]\ncurrent_error_km = 60", "mixing.current_error_km", "use current.eddy_scale"),
    ("[mixing]\ncurrent_error_m_s = -0.1", "mixing.current_error_m_s", "at least 0"),
    ("[mixing]\ncurrent_error_hours = 0", "mixing.current_error_hours", "above 0"),
    ("[mixing]\nwind_error_m_s = 51", "mixing.wind_error_m_s", "at most 50"),
    ("[mixing]\nwind_error_hours = 0", "mixing.wind_error_hours", "above 0"),
    ("[mixing]\ndiffusivity_file = 3", "mixing.diffusivity_file", "a file"),
    ("[mixing]\n'flight_speed_m_s ' = 1", 'mixing."flight_speed_m_s "', "did you mean flight_speed_m_s?"),
    ("[mixing]\nflight-speed-m-s = 1", "mixing.flight-speed-m-s", "did you mean flight_speed_m_s?"),
    ("[mixing]\n'fl\u0456ght_speed_m_s' = 1", r'mixing."fl\u0456ght_speed_m_s"', "did you mean flight_speed_m_s?"),
    ("[output]\ntracks = -1", "output.tracks", "at least 0"),
    ("[output]\ntracks = 1000001", "output.tracks", "at most 1_000_000"),
    ("[output]\ntrack_every_hours = 0", "output.track_every_hours", "above 0"),
    ("[output]\ndensity_grid_deg = 0", "output.density_grid_deg", "at least 0.01"),
    ("[output]\ndensity_grid_deg = 11", "output.density_grid_deg", "at most 10"),
    ("[output]\ncsv = 'yes'", "output.csv", "true or false"),
    ("[output]\nmap = 1", "output.map", "true or false"),
    ("[output]\nfolder = '/etc'", "output.folder", "is not a key; there are tracks"),
    ("[coast]\nshoreline = 'osm'", "coast.shoreline", 'one of "gshhg", "none"'),
    ("[coast]\nrefloat_half_life_hours = -1", "coast.refloat_half_life_hours", "at least 0"),
    ("[coast]\ndomain = 'sea'", "coast.domain", "[west, east, south, north]"),
    ("[coast]\ndomain = [127, 143, 33]", "coast.domain[3]", "is missing"),
    ("[coast]\ndomain = [127, 143, 33, nan]", "coast.domain[3]", "[west, east, south, north]"),
    ("[coast]\ndomain = [127, 143, 48, 33]", "coast.domain", "south < north"),
    ("[coast]\nshoreline = 'none'\ndomain = [-180, 360, -89, 89]", "coast.domain", "at most 360 degrees wide"),
    ("[coast]\nshoreline = 'none'\ndomain = [-190, 10, 33, 48]", "coast.domain", "between -180 and 360"),
    ("[stokes]\nproduct = 'oscar'\nwith_leeway = true", "stokes.product", "is not a product for [stokes]"),
    ("[plot]\nx = 1", "plot", "is not a key; there are run, area, current"),
    ("[Run]\nstart = 2017-10-01", "Run", "did you mean run?"),
    ("['b\u043eats']", r'"b\u043eats"', "did you mean boats?"),
    ("[wind.files]", "wind.files", "a list of files"),
]

# A second source at the end of GOOD: text, key within the source, words.
SOURCES = [
    ("kind = 'box'\nbox = [135, 134, 38, 39]", "box", "west < east"),
    ("kind = 'box'\nbox = [120, 134, 38, 39]", "box", "must lie in the domain"),
    ("kind = 'box'", "box", "must be given"),
    ("kind = 'point'", "points", "must be given"),
    ("kind = 'point'\npoints = [[130, 40], [131, 41]]\nradius_km = 3", "points", "must be one point"),
    ("kind = 'circle'\npoints = [[134, 39]]", "radius_km", "above 0"),
    ("kind = 'line'\npoints = [[134, 39], [134, 39]]", "points", "2 or more"),
    ("kind = 'polygon'\npoints = [[134, 39], [135, 39], [136, 39]]", "points", ""),
    ("kind = 'geojson'\nfile = 'none.geojson'", "file", "no such file"),
    ("kind = 'port'\nport = 'Atlantis'", "port", "is not a known port"),
    ("kind = 'port'\nport = 'Chongjin'\nmax_offshore_km = 10", "max_offshore_km", "above min_offshore_km"),
    ("kind = 'port'\nport = 'Sovetskaya Gavan'", "port", "outside the domain"),
    ("kind = 'port'\nport = 'Kholmsk'\nfirst = 2018-02-01\nlast = 2018-02-02", "first", "within the run"),
    ("kind = 'point'\npoints = [[134, 39]]\ndates = [2017-10-05]\nfirst = 2017-10-05", "first", "beside dates"),
    ("kind = 'point'\npoints = [[134, 39]]\ndaily_weights = [1]\nlast = 2017-10-05", "last", "beside daily_weights"),
    ("kind = 'point'\npoints = [[134, 39]]\nfirst = 2017-12-30\ndaily_weights = [1, 2]", "daily_weights", "within"),
    ("kind = 'point'\npoints = []", "points", "must be given"),
    ("kind = 'point'\npoints = [[134]]", "points[0][1]", "is missing: must be [longitude, latitude]"),
    ("kind = 'point'\npoints = [[134, 39, 3]]", "points[0]", "[longitude, latitude]"),
    ("kind = 'point'\npoints = [[nan, 39]]", "points[0][0]", "[longitude, latitude]"),
    ("kind = 'point'\npoints = [[1e400, 39]]", "points[0][0]", "[longitude, latitude]"),
    ("kind = 'point'\npoints = [[39, 134]]", "points[0]", "did you mean [134, 39]?"),
    ("kind = 'point'\npoints = [[494, 39]]", "points[0]", "did you mean [134, 39]?"),
    ("kind = 'point'\npoints = 134", "points", "a list of [longitude, latitude]"),
    ("kind = 'point'\npoints = [[134, 39]]\nbox = [133, 134, 38, 39]", "box", "does not go with kind"),
    ("kind = 'Point'\npoints = [[134, 39]]", "kind", 'did you mean "point"?'),
    ("kind = 'ellipse'\npoints = [[134, 39]]", "kind", 'one of "point", "line"'),
    ("points = [[134, 39]]", "kind", "is missing"),
    ("kind = 'circle'\npoints = [[134, 39]]\nradius_km = -3", "radius_km", "at least 0"),
    ("kind = 'circle'\npoints = [[134, 39]]\nradius_km = 2001", "radius_km", "at most 2000"),
    ("kind = 'circle'\npoints = [[134, 39], [135, 39]]\nradius_km = 2", "points", "must be one point"),
    ("kind = 'box'\nbox = [133, 135, 39]", "box[3]", "is missing"),
    ("kind = 'box'\nbox = [133, 135, 39, 38]", "box", "south < north"),
    ("kind = 'box'\nbox = [133, 133, 38, 39]", "box", "west < east"),
    ("kind = 'box'\nbox = {w = 1}", "box", "[west, east, south, north]"),
    ("kind = 'polygon'\npoints = [[133, 38], [135, 38]]", "points", "3 or more different points"),
    (
        "kind = 'polygon'\npoints = [[133, 38], [135, 40], [135, 38], [133, 40]]",
        "points",
        "crosses or touches itself at [134, 39]",
    ),
    ("kind = 'polygon'\npoints = [[133, 38], [135, 38], [135, 38], [133, 38]]", "points", "3 or more different"),
    ("kind = 'line'\npoints = [[133, 38]]", "points", "2 or more different points"),
    ("kind = 'geojson'", "file", "must be given"),
    ("kind = 'geojson'\nfile = '/etc'", "file", "is a folder, not a file: /etc"),
    ("kind = 'geojson'\nfile = '../../nowhere/x.json'", "file", "there is no such file: /"),
    ("kind = 'geojson'\nfile = '/dev/null'", "file", "is not a regular file: /dev/null"),
    ("kind = 'port'", "port", "must be given"),
    ("kind = 'port'\nport = 3", "port", "the name of a port"),
    ("kind = 'port'\nport = 'Wonsan'\nmin_offshore_km = 70", "max_offshore_km", "above min_offshore_km"),
    ("weight = -1\nkind = 'point'\npoints = [[134, 39]]", "weight", "at least 0"),
    ("weight = 1e10\nkind = 'point'\npoints = [[134, 39]]", "weight", "at most 1e+09"),
    ("weight = inf\nkind = 'point'\npoints = [[134, 39]]", "weight", "a number"),
    ("kind = 'point'\npoints = [[134, 39]]\nfirst = 2017-10-05\nlast = 2017-10-04", "last", "earlier than first"),
    ("kind = 'point'\npoints = [[134, 39]]\ndates = ['yesterday']", "dates[0]", "a date"),
    ("kind = 'point'\npoints = [[134, 39]]\ndates = 2017-10-05", "dates", "a list of dates"),
    ("kind = 'point'\npoints = [[134, 39]]\ndates = [2017-09-30T23:59:59]", "dates[0]", "within the run"),
    (
        "kind = 'point'\npoints = [[134, 39]]\ndates = [2017-10-05]\ndaily_weights = [1]",
        "daily_weights",
        "beside dates",
    ),
    ("kind = 'point'\npoints = [[134, 39]]\ndaily_weights = [0, 0]", "daily_weights", "not all 0"),
    ("kind = 'point'\npoints = [[134, 39]]\ndaily_weights = [nan]", "daily_weights[0]", "a number"),
    ("kind = 'point'\npoints = [[134, 39]]\ndaily_weights = ['a']", "daily_weights[0]", "a number"),
]

# The nearest right name is offered: (old, new), key, name.
NEAREST = [
    (("step_minutes", "step_minuts"), "run.step_minuts", "step_minutes"),
    (("[run]", "seed = 3\n[run]"), "seed", "run.seed"),
    (("number = 500", "numbers = 500"), "boats.numbers", "number"),
    (("[[release.sources]]", "on_lnd = 'move'\n[[release.sources]]"), "release.on_lnd", "on_land"),
    (('kind = "polygon"', 'kind = "polygon"\non_land = "move"'), "release.sources[0].on_land", "release.on_land"),
    (('kind = "polygon"', 'kind = "poligon"'), "release.sources[0].kind", '"polygon"'),
    (("leeway = 54", 'leeway = "FISHING-VESEL-5"'), "boats.classes[0].leeway", '"FISHING-VESSEL-5"'),
    (("members = 7", 'product = "climatolgy"'), "wind.product", '"climatology"'),
    (("[136.0, 38.6]", "[-224.0, 38.6]"), "release.sources[0].points[1]", "[136, 38.6]"),
]

# Files of a field: text of the list, words.
FILES = [
    ('"x.nc"', "there is no such file: /"),
    ('"x*.nc"', "matches no file: /"),
    ('"/**/*.nc"', "no **"),
    ('"/*/*/*/*.nc"', "in two parts"),
    ('""', "must be the name of a file"),
    ('"http://host/x.zarr"', "an address that begins with https://"),
    ('"https://name:w0rd@host/x"', "must not hold a name or password"),
    ('"https://host/x?key=w0rd"', "must not hold a query"),
    ('"file:///etc/passwd"', "must be the name of a file on this machine"),
    (r'"a\u0000b.nc"', "control characters"),
    (r'"a\nb.nc"', "control characters"),
    ("3", "a file or glob"),
    ("['a.nc']", "a file or glob"),
    ('".."', "is a folder, not a file: /"),
    ('"/dev/zero"', "is not a regular file: /dev/zero"),
    ('"~/x.nc"', "there is no such file: /"),
    ('"$(touch owned).nc"', "there is no such file: /"),
    ('"; touch owned"', "there is no such file: /"),
    ('"|touch owned"', "there is no such file: /"),
    (f'"{"x" * 300}.nc"', "there is no such file: /"),
    (f'"{"x" * 5000}"', "at most 4000 characters"),
]

# The whole file: bytes, words.
WHOLE = [
    (b"[run]\nseed = \n", "line 2: is not valid TOML: after = stands"),
    (b"[run]\nseed = 1\nseed = 2\n", "line 3: this key stands in the file already"),
    (b"[run]\n[run]\n", "line 2: is not valid TOML"),
    (b"a = 1\nb c\n", "line 2: is not valid TOML: a key must be followed by ="),
    (b"a = [1, 2\n", "is not valid TOML"),
    (b'a = "x\n', "line 1: is not valid TOML"),
    (b"a = 2017-13-45\n", "line 1: is not valid TOML"),
    (b"a = 2017-10-01T25:00:00\n", "line 1: is not valid TOML"),
    (b"a = 'x\0'", "line 1: is not valid TOML"),
    (b"\0" * 1000, "is not valid TOML"),
    (b"a = 1" + b"0" * 5000, "a number of more than 4300 digits"),
    (b"a = " + b"[" * 30_000 + b"]" * 30_000, "nested too deeply"),
    (b"a = " + b"{b = " * 30_000 + b"}" * 30_000, "nested too deeply"),
    (b".".join([b"a"] * 30_000) + b" = 1", "nested too deeply"),
    (b"[" + b".".join([b"a"] * 30_000) + b"]", "nested too deeply"),
    (b"#" * 10_000_000, "larger than 1 MB"),
    (b"a = 1\n" * 200_000, "larger than 1 MB"),
    (b"[run]\ntitle = 'caf\xe9'\n", "line 2: must be UTF-8"),
    ("[run]\ntitle = 'x'\n".encode("utf-16"), "must be UTF-8"),
    ("[run]\ntitle = 'x'\n".encode("utf-16-be"), "is not valid TOML"),
    ("[run]\ntitle = '日本'\n".encode("shift-jis"), "line 2: must be UTF-8"),
    (b"\xef\xbb\xbf\xef\xbb\xbf[run]\n", "line 1: is not valid TOML"),
    (b"[run]\ntitle = '\xed\xa0\x80'\n", "line 2: must be UTF-8"),
    (b"[run]\ntitle = '\xc0\x80'\n", "line 2: must be UTF-8"),
    (b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "must be UTF-8"),
    (b"CDF\x01\0\0\0\0", "is not valid TOML"),
    (b"PK\x03\x04\x14\0", "is not valid TOML"),
    (b'{"run": {"start": "2017-10-01"}}', "line 1: is not valid TOML"),
    (b"run:\n  start: 2017-10-01\n", "line 1: is not valid TOML"),
    (b"<html><body>404</body></html>", "line 1: is not valid TOML"),
    (b"[run]\rstart = 2017-10-01\r", "is not valid TOML"),
    (b"start = 2017-10-01 # \x07\n", "line 1: is not valid TOML"),
    ("[run]\nseеd = 3\n".encode(), "line 2: is not valid TOML"),  # a Cyrillic letter
    ("[run]\ntitle = “A test”\n".encode(), "line 2: is not valid TOML"),  # quotes of a word processor
    ("[run]\nseed\u00a0= 3\n".encode(), "line 2: is not valid TOML"),  # a space that does not break
    (b"", "4 problems"),
    (b"\xef\xbb\xbf", "4 problems"),
    (b"# nothing\n", "4 problems"),
    (b"\n".join(b"key%d = 1" % i for i in range(3000)), "and 180 more"),
    (b"[[release.sources]]\n" * 10_000, "and 180 more"),
]

# Much is wrong at once, or what stands there is of another kind: it must end in a message, alone and beside GOOD.
ANYTHING = {
    "a list for a table": "run = [1]",
    "a table for a value": "[run.seed]\nx = 1",
    "a text for a list": '[current]\nfiles = "a.nc"',
    "tables for numbers": "[coast]\ndomain = [{a = 1}, {}, {}, {}]",
    "numbers for tables": "[boats]\nclasses = [1, 2]",
    "empty tables": "[run]\n[current]\n[boats]\n[[boats.classes]]\n[release]\n[[release.sources]]",
    "huge numbers": "[run]\nstep_minutes = 1" + "0" * 400 + "\nseed = 1" + "0" * 400,
    "huge negative": "[boats]\nnumber = -9" + "9" * 300,
    "infinite": "[current]\nscale = inf\n[wind]\nscale = -inf",
    "odd keys": '"" = 1\n"a\\u0000" = 2\n"\\u202e" = 3\n"ключ" = 4\n"🚣" = 5',
    "escapes in values": '[run]\nscheme = "\\u001b[2J\\u0007"\nmetric = "\\U0001F6A3"',
    "dates of another kind": "[run]\nstart = 07:32:00\nend = 9999-12-31",
    "nested lists": "[[release.sources]]\npoints = [[[[]]]]",
    "a polygon without area": "[[release.sources]]\nname='x'\nkind='polygon'\npoints=[[134,39],[135,39],[136,39]]",
    "many classes": "[[boats.classes]]\nshare = 0.0001\n" * 300,
    "mixed points": "[[release.sources]]\nkind = 'line'\npoints = [1, 'a', [], [1], [1, 2, 3], {a = 1}]",
    "bool numbers": "[mixing]\nflight_speed_m_s = false",
    "inline all": "run = {start = 2017-01-01, end = 2016-01-01}\ncurrent = {}\nboats = {classes = [{leeway = -1}]}",
    "wrong everywhere": "[wind]\nproduct = 3\nfiles = {}\nmembers = 'x'\nland = []\nscale = [1]",
    "a leeway list": "[[boats.classes]]\nleeway = [54]\nwindage_percent = '2'",
    "null-like text": "[run]\nstart = 'null'\nend = ''\ntitle = 'nan'",
}


class Broken(NamedTuple):
    """A config and what its message must say; ``problems`` is how many it has, 0 where that is not looked at."""

    name: str
    content: bytes
    says: tuple[str, ...]
    problems: int = 1


def _changed(old: str, new: str) -> bytes:
    assert old in GOOD, old
    return GOOD.replace(old, new).encode()


def configs() -> Iterator[Broken]:
    """All of them."""
    for change, key, line, words in CHANGED:
        where = f"line {line}: {key} " if line else f"{key} "
        yield Broken(f"{key}: {change[1]}", _changed(*change), (where, words))
    for text, key, words in APPENDED:
        yield Broken(text, f"{GOOD}{text}\n".encode(), (f"{key} ", words))
    for text, key, words in SOURCES:
        source = f'\n[[release.sources]]\nname = "two"\n{text}\n'
        yield Broken(text, (GOOD + source).encode(), (f"release.sources[1].{key} ", words))
    for change, key, nearest in NEAREST:
        yield Broken(f"near {key}: {change[1]}", _changed(*change), (f"{key} ", f"did you mean {nearest}?"))
    for files, words in FILES:
        listed = ('product = "climatology"', f'product = "cf"\nfiles = [{files}]')
        yield Broken(f"files {files}", _changed(*listed), ("line 9: current.files[0] = ", words))
    for content, words in WHOLE:
        yield Broken(f"file {content[:20]!r}", content, (words,), 0 if words.endswith(("problems", "more")) else 1)
    for name, text in ANYTHING.items():
        yield Broken(name, f"{text}\n".encode(), (), 0)
        yield Broken(f"{name}, beside a good config", f"{text}\n{GOOD}".encode(), (), 0)
