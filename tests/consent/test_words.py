from string import Formatter

import pytest

from consent import words
from consent.engine import MENDS
from leads.errors import ConfigError

TOLD = {
    "date": "2026-05-03", "place": "web_form", "version": "v3", "country": "HU", "registry": "Some register",
}  # fmt: skip
REASONS = {"given", "opt_out", *MENDS}


def slots(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_reason_and_mend_has_words_and_no_words_are_left_over():
    written = words.templates()
    assert set(written["reason"]) == REASONS
    assert set(written["mend"]) == set(MENDS.values())


def test_every_text_stands_in_every_language_with_the_same_facts():
    for part, keys in words.templates().items():
        for key, texts in keys.items():
            assert set(texts) == set(words.LANGUAGES), (part, key)
            assert len(set(map(str.strip, texts.values()))) == len(texts), (part, key)
            assert len({frozenset(slots(text)) for text in texts.values()}) == 1, (part, key)


@pytest.mark.parametrize("language", [*words.LANGUAGES, *words.SHARED])
@pytest.mark.parametrize("key", sorted(REASONS))
def test_reasons_read_as_whole_sentences(language, key):
    said = words.reason(key, TOLD, language)
    assert "{" not in said and "  " not in said and said == said.strip()
    assert words.mend(MENDS.get(key), TOLD, language) != ""


def test_as_written():
    assert words.reason("given", TOLD, "en") == "Agreed on 2026-05-03 on the website form (version v3)"
    assert words.reason("given", TOLD | {"version": ""}, "ru") == "Согласие дано 2026-05-03 в форме на сайте"
    assert words.reason("given", TOLD | {"place": "referral"}, "de").startswith(
        "Eingewilligt am 2026-05-03 direkt"
    )
    assert words.mend(None, {}, "en") is None


def test_croatian_and_serbian_readers_get_the_bosnian_text():
    assert words.reason("no_consent", TOLD, "hr") == words.reason("no_consent", TOLD, "bs")
    assert words.reason("no_consent", TOLD, "sr") == words.reason("no_consent", TOLD, "bs")


def test_a_language_we_do_not_write_is_refused():
    with pytest.raises(ConfigError, match="'fr'"):
        words.reason("given", TOLD, "fr")
