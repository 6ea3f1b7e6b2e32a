"""The printed table, and what a run answers: what is told first, which regions lead, what stands beside a number."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import LEAVES, make_arrivals

from driftsim.area.regions import REGIONS
from driftsim.results import answer, table
from driftsim.results.statistics import summarise
from driftsim.system.percent import percent, span

NOTES = {"wind": {"kind_of_record": "climatology"}}


def ended(boats, members, *, adrift=0, **landed):
    """Arrivals of so many boats ashore by stretch, and adrift; members in turn."""
    arrivals = make_arrivals(boats, members)
    code = np.repeat([list(LEAVES).index(key) for key in landed], list(landed.values()))
    code = np.r_[code, np.full(boats - code.size, -1)]
    assert (code < 0).sum() == adrift
    arrivals["stretch"].values[:] = code
    arrivals["outcome"].values[:] = code >= 0
    arrivals["member"].values[:] = np.arange(boats) % members
    arrivals["within_20_km"].values[:] = 0
    arrivals["exit"].values[:] = -1
    days = np.linspace(2.0, 4.0, boats)
    arrivals["age_days"].values[:] = np.where(code >= 0, days, np.nan)
    arrivals["landing_time"].values[:] = np.where(code >= 0, days * 86400.0, np.nan)
    return arrivals


@pytest.fixture(scope="module")
def winter():
    """Sixty seasons of two hundred boats, most of them ashore."""
    return summarise(make_arrivals(12_000, 60), REGIONS, NOTES)


@pytest.fixture(scope="module")
def hull():
    """A hull followed for five days in one series of weather: nearly all of it is still at sea."""
    return summarise(ended(1000, 1, adrift=927, akita=58, hokkaido=15), REGIONS, NOTES)


def told(summary):
    """The table, checked for its width, and in one line."""
    text = table.text(summary)
    assert max(map(len, text.splitlines())) <= 100
    assert "None" not in text
    assert "nan" not in text.lower()
    return text, " ".join(text.split())


# --- what is told --------------------------------------------------------------------------------------------------


def test_outcomes_come_first_then_shares_where_most_boats_have_landed(winter):
    text, flat = told(winter)
    words = ("Of 100 boats: ", "share of the landings", "chance of a boat", "Akita ", "Noto ", "Other coasts of Japan")
    places = [text.index(word) for word in words]
    assert places[0] == min(places)
    assert places[1] < places[2]
    akita = next(line for line in text.splitlines() if line.startswith("Akita"))
    of = winter["regions"]["akita"]
    ends = [100.0 * of[f"share_season_{end}"] for end in ("low", "high")]
    assert akita.split()[1] == f"{ends[0]:.0f}–{ends[1]:.0f}"  # whole per cents, and before anything else
    assert f"{100 * of['share_of_home']:.1f} %" in akita
    assert "nine in ten: seasons of weather" in flat
    assert "95 %" not in flat


def test_a_hull_of_five_days_leads_with_what_became_of_it(hull):
    """Of a thousand boats 73 have landed: no share of those few may lead."""
    text, flat = told(hull)
    assert "Of 100 boats: 93 still adrift at the end, 6 ashore in Akita, 1 in Hokkaido." in flat
    lines = text.splitlines()
    akita = next(line for line in lines if line.startswith("Akita"))
    assert akita.split()[1:3] == ["5.8", "%"]
    assert "79.5" not in akita.split()[1]
    head = " ".join(lines[lines.index(akita) - 2].split())
    assert head.index("chance") < head.index("of Japan’s")


def test_counting_error_is_called_so_and_stands_apart(hull):
    text, flat = told(hull)
    assert answer.range_kind(hull) == "counting"
    akita = next(line for line in text.splitlines() if line.startswith("Akita"))
    low, high = (100.0 * hull["regions"]["akita"][f"mean_{end}"] for end in ("low", "high"))
    assert akita.endswith(f"{low:.1f}–{high:.1f} %")  # after everything else
    assert "counting error: of so many boats, 90 %" in flat
    for wrong in ("its error", "one season", "nine in ten", "seasons of weather"):
        assert wrong not in flat
    assert "one series of weather" in flat
    hokkaido = next(line for line in text.splitlines() if line.startswith("Aomori, Sea of Japan"))
    assert "(" not in hokkaido  # no range beside the others


def test_too_few_members_for_seasons_leave_the_error_of_the_mean():
    text, flat = told(summarise(make_arrivals(2400, 24), REGIONS))
    assert "its error: how well the mean of all members is known, 90 %" in flat
    assert "no range of seasons: fewer than 50 members" in flat
    assert "nine in ten" not in text


def test_a_range_that_is_not_given_says_why(winter):
    text, _ = told(winter)
    assert winter["regions"]["toyama"]["season_unknown"] == "landings"
    toyama = next(line for line in text.splitlines() if line.startswith("Toyama"))
    assert "(–)" in toyama
    rare = summarise(ended(6000, 60, adrift=0, akita=2000, noto=100, fukui=900, hokkaido=3000), REGIONS)
    assert "–: fewer than 4 landings a member" in told(rare)[1]


def test_a_backward_run_has_no_arrivals(winter):
    arrivals = make_arrivals(12_000, 60)
    arrivals.attrs["direction"] = "backward"
    summary = summarise(arrivals, REGIONS, NOTES)
    _, flat = told(summary)
    assert "no forecast of arrivals" in flat
    assert "Of 100 paths traced back" in flat
    for wrong in ("share of the landings", "chance of a boat", "days adrift", "Noto", "Akita", "ashore", "landing"):
        assert wrong not in flat, wrong
    assert answer.leading(summary) == ()
    at_sea = arrivals["outcome"].values == 0
    west, middle, east = np.quantile(arrivals["final_lon"].values[at_sea], (0.05, 0.5, 0.95))
    assert summary["whereabouts"]["boats"] == at_sea.sum()
    assert f"between {west:.1f} and {east:.1f} E (the middle one at {middle:.1f})" in flat
    assert "whereabouts" not in winter


def test_without_a_shore_nothing_is_said_of_landings():
    arrivals = ended(300, 30, adrift=300)
    arrivals.attrs["coasts"] = ""
    summary = summarise(arrivals, REGIONS)
    of = summary["regions"]["akita"]
    numbers = [key for key in of if key.startswith(("probability", "share", "mean", "season", "within"))]
    assert len(numbers) == 14
    assert all(of[key] is None for key in numbers)
    text, flat = told(summary)
    assert "Of 100 boats: 100 still adrift at the end." in flat
    assert "There is no shore in this run: nothing can be said of landings." in flat
    for wrong in ("Akita", "0.0 %", "until landing", "A landing is"):
        assert wrong not in text, wrong


def test_where_no_coast_of_japan_lies_in_the_area_nothing_is_said_of_it():
    arrivals = ended(300, 1, adrift=200, russia=60, north_korea=40)
    arrivals.attrs["coasts"] = "russia north_korea"
    summary = summarise(arrivals, REGIONS)
    assert summary["regions"]["noto"]["probability"] is None
    assert summary["regions"]["japan"]["mean_high"] is None
    assert summary["regions"]["russia"]["probability"] == pytest.approx(0.2)
    text, flat = told(summary)
    assert answer.leading(summary) == ("russia", "north_korea")
    assert "No coast of Japan lies in the area: nothing can be said of landings there." in flat
    assert "Akita" not in text


def test_boats_that_sink_are_not_said_to_stay_afloat(winter):
    assert winter["outcomes"]["sunk"] > 0
    _, flat = told(winter)
    assert "on the rate of sinking in the config" in flat
    assert "staying afloat" not in flat
    dry = told(summarise(ended(300, 1, adrift=250, noto=50), REGIONS))[1]
    assert "on staying afloat until landing" in dry


def test_table_says_what_the_numbers_rest_on(winter):
    _, flat = told(winter)
    for words in ("conditional on the stated sources", "not the choice of source, boat class or current"):
        assert words in flat
    assert "climatology: typical seasons, not observations of any year" in flat


def test_table_gives_a_year_to_records_alone(winter):
    text = table.text({**winter, "weeks": ["2017-10-01"]})
    assert "from 1 October;" in text
    assert "2017" not in text.replace(winter["title"], "")
    record = {"current": {"kind_of_record": "analysis"}, "wind": {"kind_of_record": "climatology"}}
    assert "from 1 October 2017;" in table.text({**winter, "forcing": record})
    assert "1 member," in table.text({**winter, "members": 1})


# --- which regions lead --------------------------------------------------------------------------------------------


def lead(**landed):
    boats = sum(landed.values())
    return answer.leading(summarise(ended(boats, 1, **landed), REGIONS))


def test_the_four_of_the_mission_lead_where_they_take_a_quarter_of_the_landings():
    four = ("akita", "aomori", "fukui", "noto")
    assert lead(akita=10, aomori_strait=5, noto=10, hokkaido=75) == four
    assert lead(akita=11, aomori_strait=4, noto=9, hokkaido=76) == ("hokkaido_all", "akita", "ishikawa", "aomori")


def test_off_hungnam_the_coasts_lead_on_which_boats_land():
    found = lead(north_korea=287, south_korea=60, akita=20, russia=33, oki=14)
    assert found == ("north_korea", "south_korea", "russia", "akita")
    assert lead(north_korea=7) == ("north_korea",)


def test_no_region_leads_where_no_boat_has_landed():
    summary = summarise(ended(50, 1, adrift=50), REGIONS)
    assert answer.leading(summary) == ()
    _, flat = told(summary)
    assert "Of 50 boats: 50 still adrift at the end." in flat
    assert "share of" not in flat


def test_outcomes_add_up_and_name_no_boat_twice(winter):
    parts = answer.outcomes(winter)
    assert sum(part.boats for part in parts) == winter["boats"]
    whole, rounded = answer.of_hundred(winter)
    assert whole == sum(part.boats for part in rounded) == 100
    named = [part.key for part in parts if part.key in REGIONS]
    stretches = [stretch for key in named for stretch in REGIONS[key].stretches]
    assert len(stretches) == len(set(stretches))
    few = summarise(ended(7, 1, adrift=4, sado=2, noto=1), REGIONS)
    assert "Of 7 boats: 4 still adrift at the end, 2 ashore in Niigata, 1 in Noto." in told(few)[1]
    alone = summarise(ended(1, 1, adrift=1), REGIONS)
    assert "Of 1 boat: 1 still adrift at the end." in told(alone)[1]


# --- numbers -------------------------------------------------------------------------------------------------------


def test_percentages_have_no_false_nought():
    values = (None, 0.0, 0.0004, 0.0006, 0.12345, 1.0)
    assert [percent(value) for value in values] == ["–", "0.0", "<0.1", "0.1", "12.3", "100.0"]


def test_ranges_have_whole_per_cents_above_one():
    assert span(0.0642, 0.1881) == "6–19 %"
    assert span(0.0042, 0.0094) == "0.4–0.9 %"
    assert span(0.0, 0.0096) == "0–1 %"
    assert span(0.0003, 0.021) == "<0.1–2 %"
    assert span(None, None) == "–"
