"""Accounts and known biases: as they stand, and what one bad edit says."""

import shutil
from pathlib import Path

import pytest

import analysis.catalogue
from analysis.catalogue import load_catalogue
from analysis.catalogue.accounts import KINDS, load_accounts, load_biases
from analysis.errors import CatalogueError
from analysis.trends import Identity
from analysis.trends.accounting import KINDS as KNOWN

OURS = Path(analysis.catalogue.__file__).parent
INDICATORS = load_catalogue().indicators


def test_every_account_is_an_identity():
    assert tuple(sorted(KNOWN, key=KINDS.index)) == KINDS
    for one in load_catalogue().accounts.values():
        assert Identity(one.id, one.kind, one.whole, one.parts, one.minus, one.tolerance).indicators == one.indicators


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("accounts.yml", "whole: REG02", "whole: REG99", "an indicator must be one of indicators.csv, not 'REG99'"),
        ("accounts.yml", "kind: at_least", "kind: at_most", "`kind` must be one of stock_flow"),
        ("accounts.yml", "tolerance: 50", "tolerance: -1", "`tolerance` must be 0 or more, not -1"),
        ("known_bias.yml", "direction: too_high", "direction: up", "`direction` must be one of too_high"),
        ("known_bias.yml", "REG02:", "REG0:", "an indicator must be one of indicators.csv, not 'REG0'"),
    ],
)
def test_a_bad_edit_is_told(tmp_path, file, old, new, message):
    for name in ("accounts.yml", "known_bias.yml"):
        shutil.copy(OURS / name, tmp_path)
    text = (tmp_path / file).read_text("utf-8")
    (tmp_path / file).write_text(text.replace(old, new, 1), "utf-8")
    load = load_accounts if file == "accounts.yml" else load_biases
    with pytest.raises(CatalogueError, match=message):
        load(tmp_path, INDICATORS)
