import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.submissions.encoding import CANDIDATES, decode

TEXTS = [
    "Région;Valeur;Dénominateur\nliégeoise;1\n",
    "Indicateur;Période\nenquête menée à Bruxelles;été\n",
    "België;Oekraïense;ruïne;coördinatie\n",
    "Wert;männlich;Bevölkerung;Straße;über\n",
    "RÉGION DE BRUXELLES;FÉVRIER\n",
    "État civil;Âge;Île;œuvre\n",
    "montant;5 €\n",
]
WORDS = (
    *("année", "élève", "forêt", "reçu", "où", "naïf", "Noël", "été", "déjà", "à", "Région", "Âge"),
    *("België", "geïntegreerd", "één", "vóór", "zeeën", "coördinatie"),
    *("Bürger", "größer", "für", "Männer", "Österreich", "Straße", "plain", "2022"),
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", *CANDIDATES])
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_survives_every_encoding_that_can_write_it(text: str, encoding: str) -> None:
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("the encoding lacks a letter")
    assert decode(content) == text


@given(
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=12),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252", "cp850", "mac_roman", "iso8859-15"]),
)
def test_words_of_three_languages_survive_the_way_there_and_back(words: list[str], encoding: str) -> None:
    text = ";".join(words) + "\n"
    assert decode(text.encode(encoding)) == text


def test_bytes_that_break_the_promise_of_their_mark() -> None:
    with pytest.raises(UnicodeDecodeError):
        decode(b"\xff\xfe\x00")
