"""The shipped tables say what they claim."""

import pytest

from enrich.folding import folded
from enrich.tables import DATA, table


@pytest.mark.parametrize("name", sorted(file.stem for file in DATA.glob("*.toml")))
def test_a_table_can_be_read(name: str) -> None:
    assert table(name)


def test_a_domain_has_one_provider() -> None:
    domains = [domain for provider in table("email_providers")["provider"] for domain in provider["domains"]]
    assert len(domains) == len(set(domains))
    assert not set(table("email_providers")["free"]["domains"]) & set(
        table("email_providers")["disposable"]["domains"]
    )


def test_domains_and_mailboxes_are_written_as_they_are_compared() -> None:
    providers = table("email_providers")
    words = [*providers["free"]["domains"], *providers["disposable"]["domains"], *table("role_mailboxes")["words"]]
    assert [word for word in words if word != word.casefold() or not word.isascii()] == []


def test_a_legal_form_is_written_in_one_way() -> None:
    names: dict[str, str] = {}
    for form in table("legal_forms")["form"]:
        for spelling in (form["name"], *form["spellings"]):
            assert names.setdefault(spelling, form["name"]) == form["name"], spelling


def test_no_junk_word_is_a_given_name() -> None:
    given = {folded(name) for names in table("given_names").values() for name in names.split()}
    assert given & {folded(word) for word in table("name_words")["junk"]} == set()
    assert given & {folded(word) for word in table("organisation_words")["words"]} == set()
    assert given & {folded(word) for word in table("name_words")["titles"]} == set()
