import re

from leads.source import Channel
from sales import recalled
from sales.delivery import CHANNELS, DELIVERY_NEXT_STEPS, DELIVERY_ROWS
from sales.headings import Words, headings, reader

LANGUAGES = ("ru", "en", "de", "hu", "ro", "bs")


def test_every_column_has_a_heading_and_every_heading_a_column() -> None:
    columns = {*DELIVERY_ROWS.columns, *DELIVERY_NEXT_STEPS.columns, *recalled.COLUMNS} - {"owner", "reader"}
    assert set(headings().columns) == columns


def test_every_language_has_words_and_no_two_columns_of_a_sheet_share_one() -> None:
    assert set(Words.model_fields) == set(LANGUAGES)
    for section in (headings().sheets, headings().columns, headings().channels, headings().sentences):
        assert all(words.in_(language).strip() for words in section.values() for language in LANGUAGES)
    for language in LANGUAGES:
        for columns in (DELIVERY_ROWS.columns, DELIVERY_NEXT_STEPS.columns, recalled.COLUMNS):
            named = [headings().columns[c].in_(language) for c in columns if c not in ("owner", "reader")]
            assert len(set(named)) == len(named)


def test_sheet_titles_are_ones_a_spreadsheet_takes() -> None:
    for language in LANGUAGES:
        titles = [words.in_(language) for words in headings().sheets.values()]
        assert len(set(titles)) == len(titles)
        assert not any(re.search(r"[\[\]:*?/\\]|^'|'$", title) or len(title) > 31 for title in titles)


def test_sentences_have_the_same_places_to_fill_in_every_language() -> None:
    for words in headings().sentences.values():
        filled = {tuple(sorted(re.findall(r"\{\w+\}", words.in_(language)))) for language in LANGUAGES}
        assert len(filled) == 1


def test_croatian_and_serbian_readers_get_bosnian() -> None:
    assert [reader(language) for language in ("hr", "sr", "bs", "hu")] == ["bs", "bs", "bs", "hu"]


def test_channels_of_a_delivery_are_known_to_the_sources_too() -> None:
    assert {channel for channel, _, _ in CHANNELS} <= set(Channel.__args__)
    assert set(headings().channels) == {channel for channel, _, _ in CHANNELS}
