from string import Formatter
from typing import get_args

import pytest

from consent import words
from consent.policy import Condition
from consent.verdict import MENDS
from leads.errors import ConfigError

TOLD = {
    "date": "2026-05-03", "place": "web_form", "version": "v3", "country": "HU", "registry": "Some register",
    "count": "3", "days": "7", "hours": "Mon-Fri 10:00-20:00", "zones": "16",
    "opens": "2026-11-23 10:00 (Europe/Paris)", "conditions": "own_similar|stop_in_each",
}  # fmt: skip
REASONS = {"given", "opt_out", "customer", "enquiry", "published", *MENDS}


def slots(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_reason_and_mend_has_words_and_no_words_are_left_over():
    written = words.templates()
    assert set(written["reason"]) == REASONS
    assert set(written["mend"]) == set(MENDS.values())
    assert set(written["condition"]) == set(get_args(Condition))


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
    told = TOLD | {"conditions": ""}
    assert words.reason("given", told, "en") == "Agreed on 2026-05-03 on the website form (version v3)"
    assert words.reason("given", told | {"version": ""}, "ru") == "Согласие дано 2026-05-03 в форме на сайте"
    assert words.reason("given", told | {"place": "referral"}, "de").startswith(
        "Eingewilligt am 2026-05-03 direkt"
    )
    assert words.reason("customer", TOLD, "ru") == (
        "Это наш клиент; в этой стране (HU) согласие не нужно, пока нет возражения — "
        "только о собственных похожих товарах и услугах; в каждом сообщении указано, как отказаться"
    )
    assert words.mend("wait_for_hours", TOLD, "de") == "Warten bis 2026-11-23 10:00 (Europe/Paris)"
    assert words.mend(None, {}, "en") is None


def test_croatian_and_serbian_readers_get_the_bosnian_text():
    assert words.reason("no_consent", TOLD, "hr") == words.reason("no_consent", TOLD, "bs")
    assert words.reason("no_consent", TOLD, "sr") == words.reason("no_consent", TOLD, "bs")


def test_a_language_we_do_not_write_is_refused():
    with pytest.raises(ConfigError, match="'fr'"):
        words.reason("given", TOLD, "fr")
