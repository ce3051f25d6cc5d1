"""Everything that an audit can say is said in each of its languages."""

import ast
import re
from pathlib import Path

import jinja2
import pytest

from flows.audit.tables import table
from flows.audit.words import LANGUAGES, Words
from leads.cli.report import PAGE
from leads.cli.report.parts import TONES
from leads.schema import FATES
from leads.source import FIELDS, LABELS

ROOT = Path(__file__).parents[3]


def test_every_text_is_there_in_every_language():
    for part, texts in table("words").items():
        for key, text in texts.items():
            assert tuple(text) == LANGUAGES, f"{part}.{key}"
            marks = {language: set(re.findall(r"\{\w+\}", text[language])) for language in LANGUAGES}
            assert len({frozenset(found) for found in marks.values()}) == 1, f"{part}.{key}"


def test_every_reason_pattern_part_and_fate_has_words():
    limits = set(table("audit")["limits"]) - {"proven"}
    words = table("words")
    assert set(words["reason"]) == limits | {"unproven", "new", "readable"}
    assert set(words["pattern"]) <= limits
    assert set(TONES) <= set(words["part"])
    assert set(FATES) == set(words["fate"])


def spoken(file: Path) -> set[str]:
    """The labels that a module or the page names."""
    if file.suffix == ".html":
        return set(re.findall(r'say\("label", "(\w+)"', file.read_text(encoding="utf-8")))
    found = ast.walk(ast.parse(file.read_bytes()))
    return {
        node.args[1].value
        for node in found
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "words" and len(node.args) == 2
        and isinstance(node.args[0], ast.Constant) and node.args[0].value == "label"
        and isinstance(node.args[1], ast.Constant)
    }  # fmt: skip


def test_every_label_is_written_down():
    labels = spoken(ROOT / "leads/cli/audit.py") | spoken(ROOT / "leads/cli/report/report.html")
    assert len(labels) > 15
    assert labels <= set(table("words")["label"])
    # The page is a whole one: a word forgotten in it would be an error and no empty place.
    assert PAGE.undefined is jinja2.StrictUndefined


@pytest.mark.parametrize(
    ("language", "number", "percent", "small"),
    [("en", "1,234,567.50", "12.3 %", "<0.1 %"), ("ru", "1\xa0234\xa0567,50", "12,3\xa0%", "<0,1\xa0%"),
     ("hu", "1,234,567.50", "12.3 %", "<0.1 %")],
)  # fmt: skip
def test_numbers_are_written_as_the_language_does(language, number, percent, small):
    words = Words(language)
    assert words.number(1234567.5, 2) == number
    assert words.percent(0.1234) == percent
    assert words.percent(0.0002) == small
    assert words.number(None) == "–"


def test_a_reason_is_a_sentence():
    reason = {"key": "known", "gravity": "bargain", "share": 0.25, "count": 1200}
    assert Words("en").reason(reason) == "25.0 % of the records (1,200) are about people we already know."
    assert Words("ru").reason(reason).startswith("25,0\xa0% записей (1\xa0200)")


def test_where_a_column_leads_is_said_in_words():
    words = Words("ru")
    assert [words.target(target) for target in ("", "ignore", "phone", "phone:work", "telegram")] == [
        "остаётся атрибутом", "не берётся", "телефон", "телефон (рабочий)", "telegram",
    ]  # fmt: skip
    assert {*LABELS, *FIELDS} - set(table("words")["field"]) == {"telegram", "whatsapp", "viber", "skype", "vk"}
