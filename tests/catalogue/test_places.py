from collections.abc import Sequence
from datetime import date

import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.places import Match, load_places

PLACES = load_catalogue().places
DAY = date(2022, 3, 13)


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2018, 12, 31), 589),
        (date(2019, 1, 1), 581),
        (date(2024, 12, 31), 581),
        (date(2025, 1, 1), 565),
    ],
)
def test_as_many_municipalities_as_there_were(day: date, count: int) -> None:
    assert len(PLACES.municipalities(day)) == count


CERTAIN = [
    # written                  day                code     how
    ("11002", DAY, "11002", "code"),
    ("Gent", DAY, "44021", "name"),
    ("GAND", DAY, "44021", "name"),
    ("St-Niklaas", DAY, "46021", "name"),
    ("saint josse ten noode", DAY, "21014", "name"),
    ("Molenbeek", DAY, "21012", "name"),
    ("Mol", DAY, "13025", "name"),
    ("Beveren", DAY, "46003", "name"),
    ("Lokeren", DAY, "46014", "name"),
    ("Lokeren", date(2025, 1, 1), "46029", "name"),  # a new number from the merger on
    ("1080", DAY, "21012", "postcode"),
    ("03000", DAY, "WAL", "code"),
    ("Province du Hainaut", DAY, "50000", "name"),
    ("Bezirk Verviers", DAY, "63000", "name"),
    ("Mouscron", date(2018, 1, 1), "54007", "name"),
    ("Mouscron", DAY, "57096", "name"),
]


@pytest.mark.parametrize(("written", "day", "code", "how"), CERTAIN)
def test_what_a_text_names_on_a_day(written: str, day: date, code: str, how: str) -> None:
    assert PLACES.resolve(written, day) == Match(code, how)


DOUBTFUL = [
    # written          day                  doubt        told about
    ("Saint-Nicolas", DAY, "ambiguous", ["46021", "62093"]),
    ("Liège", DAY, "ambiguous", ["60000", "62063"]),  # province or municipality
    ("Limburg", DAY, "ambiguous", ["70000", "63046"]),
    ("2000", DAY, "ambiguous", ["VLG", "11002"]),  # a region that lost its zero, or a postcode
    ("4420", DAY, "", []),
    ("12030", DAY, "expired", ["12041"]),
    ("44045", date(2025, 3, 1), "expired", ["46029"]),
    ("46029", DAY, "future", ["46014", "44045"]),
    ("Molenbek", DAY, "unknown", ["21012"]),  # proposed, never taken; and never Mol
    ("Atlantis", DAY, "unknown", []),
    ("", DAY, "unknown", []),
    ("99999", DAY, "unknown", []),
]


@pytest.mark.parametrize(("written", "day", "doubt", "told"), DOUBTFUL)
def test_what_is_asked_about_instead_of_guessed(written: str, day: date, doubt: str, told: Sequence[str]) -> None:
    match = PLACES.resolve(written, day)
    assert (match.doubt, [text.split()[0] for text in match.others]) == (doubt, told)
    assert bool(match.code) == (not doubt)


def test_an_expired_code_names_the_day_of_its_end() -> None:
    assert PLACES.resolve("12030", DAY).since == date(2019, 1, 1)


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        (["Liège", "Wavre"], ["62063", "25112"]),
        (["Liège", "Hainaut"], ["60000", "50000"]),
        (["2000", "1080"], ["11002", "21012"]),
        (["2000", "03000"], ["VLG", "WAL"]),
        (["Liège", "Wavre", "Hainaut"], ["", "25112", "50000"]),
    ],
)
def test_the_other_cells_of_a_column_settle_what_could_be_two_things(cells: list[str], codes: list[str]) -> None:
    assert [match.code for match in PLACES.resolve_column(cells, [DAY] * len(cells))] == codes


def test_places_lie_within_their_region() -> None:
    assert PLACES.within("63023", DAY) == ("63000", "60000", "WAL", "BE")
    assert PLACES.within("21012", DAY) == ("21000", "BRU", "BE")
    assert all(PLACES.within(place.nis, DAY)[-2] in ("VLG", "WAL", "BRU") for place in PLACES.municipalities(DAY))


def test_nine_municipalities_are_german_speaking() -> None:
    assert sum(place.language_area == "de" for place in PLACES.municipalities(DAY)) == 9
    assert sum(place.language_area == "nl fr" for place in PLACES.municipalities(DAY)) == 19


def test_every_code_is_found_by_itself_and_by_each_full_name_on_its_days() -> None:
    for place in PLACES.municipalities(DAY):
        assert PLACES.resolve(place.nis, DAY).code == place.nis
        assert place.nis in {PLACES.resolve(place.names[0], DAY).code} | {
            text.split()[0] for text in PLACES.resolve(place.names[0], DAY).others
        }


def test_loading_twice_gives_the_same() -> None:
    from pathlib import Path

    import analysis.catalogue

    assert load_places(Path(analysis.catalogue.__file__).parent) == PLACES
