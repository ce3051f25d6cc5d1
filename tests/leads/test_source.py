"""Source files: what they may say, and what a mistake in one is answered with."""

from pathlib import Path

import pytest

from leads.errors import ConfigError
from leads.settings import SHIPPED_CONFIG
from leads.source import expand, load_source, remember_columns, remembered_columns, source_names

GOOD = """
title = "A form"
kind = "web_form"
owner = "marketing"
licence = "our own form"
legal_basis = "consent"
from_person = true
region = "HU"
language = "hu"
[columns]
tel = "phone"
"""


def load(folder: Path, text: str):
    (folder / "sources").mkdir(exist_ok=True)
    (folder / "sources" / "form.toml").write_text(text, encoding="utf-8")
    return load_source(folder, "form")


def test_shipped_sources_are_of_four_kinds():
    kinds = {load_source(SHIPPED_CONFIG, name).kind for name in source_names(SHIPPED_CONFIG)}
    assert kinds == {"purchased_base", "event", "web_form", "listing"}


@pytest.mark.parametrize(
    ("target", "why"),
    [("fone", "no field"), ("phone:boat", "no label"), ("city:work", "no label"), ("phone:", "no label")],
)
def test_a_column_leads_to_a_field_we_know(tmp_path, target, why):
    with pytest.raises(ConfigError, match=why):
        load(tmp_path, GOOD.replace('"phone"', f'"{target}"'))


def test_a_label_is_not_the_field(tmp_path):
    assert load(tmp_path, GOOD.replace('"phone"', '"phone:work"')).fields == {"tel": "phone"}


def test_a_good_file(tmp_path):
    source = load(tmp_path, GOOD)
    assert source.columns == {"tel": "phone"}
    assert source.fingerprint != load(tmp_path, GOOD.replace("A form", "B form")).fingerprint


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('region = "HU"', 'region = "XX"'), "key 'region': .*no country has this code"),
        (('region = "HU"', 'region = "Hungary"'), "key 'region'"),
        (('language = "hu"', 'language = "hungarian"'), "key 'language'"),
        (('tel = "phone"', 'tel = "telephone"'), "key 'columns.tel'"),
        (("from_person = true", "from_person = true\nconsented = true"), "key 'consented'"),
        (("[columns]", "[lookups.shoe]\na = 'b'\n[columns]"), "key 'lookups': .*'shoe' is no field"),
        (('title = "A form"', ""), "key 'title'"),
        (('title = "A form"', "title = A form"), "cannot be read: .*line 2"),
    ],
)
def test_a_mistake_names_file_and_key_in_one_line(tmp_path, change, says):
    with pytest.raises(ConfigError, match=says) as raised:
        load(tmp_path, GOOD.replace(*change))
    assert "form.toml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_unknown_source_names_the_known_ones(tmp_path):
    load(tmp_path, GOOD)
    with pytest.raises(ConfigError, match=r"unknown source 'nobody'.*Configured sources: form"):
        load_source(tmp_path, "nobody")


def test_a_secret_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("FORM_TOKEN", "t0ken")
    assert expand({"token": "${FORM_TOKEN}", "size": 5}, "form") == {"token": "t0ken", "size": 5}
    monkeypatch.delenv("FORM_TOKEN")
    with pytest.raises(ConfigError, match="FORM_TOKEN is not set"):
        expand({"token": "${FORM_TOKEN}"}, "form")


def test_a_remembered_mapping_stands_under_the_source_files_own(tmp_path):
    headers = {"tel": "email", 'say "x" \\ \x7f=': "city", "Тел.\n2": "phone:work"}
    file = remember_columns(tmp_path, "form", headers)
    assert remembered_columns(tmp_path, "form") == headers
    assert load(tmp_path, GOOD).columns == {**headers, "tel": "phone"}
    file.write_text('[columns]\nx = "fone"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="is no field"):
        load(tmp_path, GOOD)
    assert not list(file.parent.glob("*.new"))
