from submissions.messy_files import PAGE, page, sections


def test_the_page_of_messy_files_is_what_the_tests_try() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "PYTHONPATH=tests python -m submissions.messy_files"


def test_every_part_has_cases_and_nothing_of_a_person() -> None:
    assert all(list(rows) for _, _, rows in sections())
