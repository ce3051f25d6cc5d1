"""Which word of a name is what."""

import pytest

from enrich.names.parts import plan
from enrich.names.words import KINDS, lexicon, tokens

Found = tuple[list[str], list[str], list[str]]


def parts(text: str, language: str) -> Found:
    words = [lexicon(language)[token] for token in tokens(text)]
    family, given, father = plan([KINDS[word.kind] for word in words], language).parts
    return tuple([words[at].text for at in places] for places in (family, given, father))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "language", "family", "given", "father"),
    [
        # The words tell, whatever the language.
        ("Kovač Ana", "hu", ["Kovač"], ["Ana"], []),
        ("Ana Kovač", "hu", ["Kovač"], ["Ana"], []),
        ("Щукин Ждан", "ru", ["Щукин"], ["Ждан"], []),
        ("Qux BLAK", "en", ["BLAK"], ["Qux"], []),
        ("Miller Thomas", "en", ["Miller"], ["Thomas"], []),
        ("Иванов Иван", "de", ["Иванов"], ["Иван"], []),
        # The words do not tell: the language's own order.
        ("Kiss Blak", "hu", ["Kiss"], ["Blak"], []),
        ("Kiss Blak", "en", ["Blak"], ["Kiss"], []),
        ("Thomas Peter", "de", ["Peter"], ["Thomas"], []),
        ("Qux Thomas", "en", ["Thomas"], ["Qux"], []),
        # A surname in -ович beside a given name.
        ("Иван Абрамович", "ru", [], ["Иван"], ["Абрамович"]),
        ("Абрамович Иван", "ru", ["Абрамович"], ["Иван"], []),
        ("Иван Петрович Абрамович", "ru", ["Абрамович"], ["Иван"], ["Петрович"]),
        ("Ivan Abramovich", "en", ["Abramovich"], ["Ivan"], []),
        ("Anna Petrovna", "en", [], ["Anna"], ["Petrovna"]),
        # One in -ич alone counts where it stands.
        ("Иван Фокич Иванов", "ru", ["Иванов"], ["Иван"], ["Фокич"]),
        ("Иван Савич", "ru", ["Савич"], ["Иван"], []),
        ("Анна Мария Савич", "ru", ["Савич"], ["Анна", "Мария"], []),
        ("Анна Мария Ивановна Петрова", "ru", ["Петрова"], ["Анна", "Мария"], ["Ивановна"]),
        ("Іваненко Оксана Петрівна", "uk", ["Іваненко"], ["Оксана"], ["Петрівна"]),
        ("Янка Паўлавіч Лукашэвіч", "be", ["Лукашэвіч"], ["Янка"], ["Паўлавіч"]),
        ("А. Б.", "ru", [], ["А.", "Б."], []),
        # Maiden names, nicknames, generations and commas.
        ("Anna Müller geb. von Stein", "de", ["Müller"], ["Anna"], []),
        ("Müller geb. Schmidt Anna", "de", ["Müller"], ["Anna"], []),
        ("Nagy Jánosné szül. Kiss Anna", "hu", ["Nagy"], ["Jánosné"], []),
        ("Max Born", "de", ["Born"], ["Max"], []),
        ('William "Bill" Smith', "en", ["Smith"], ["William"], []),
        ("John Smith III", "en", ["Smith", "III"], ["John"], []),
        ("ifj. Nagy Anna", "hu", ["ifj.", "Nagy"], ["Anna"], []),
        ("Anna Jr. Blak", "en", ["Blak", "Jr."], ["Anna"], []),
        ("Anna Jr.", "en", [], ["Anna", "Jr."], []),
        ("Jr.", "en", [], [], []),
        ("Иванов, И. И.", "ru", ["Иванов"], ["И."], ["И."]),
        ("Jure Jurin Blakov", "hr", ["Jurin", "Blakov"], ["Jure"], []),
        ("Nagyné Kiss Anna Mária", "hu", ["Nagyné", "Kiss"], ["Anna", "Mária"], []),
    ],
)
def test_the_order_of_a_name(
    text: str, language: str, family: list[str], given: list[str], father: list[str]
) -> None:
    assert parts(text, language) == (family, given, father)
