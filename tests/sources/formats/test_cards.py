from collections.abc import Callable
from typing import Any

import vobject

Read = Callable[..., dict[str, list[list[Any]]]]


def records(table: list[list[Any]]) -> list[dict[str, str]]:
    """The rows by column, without the empty cells; `note` is the note."""
    head = [cell or "note" for cell in table[0]]
    return [{k: v for k, v in zip(head, row, strict=True) if v} for row in table[1:]]


def card(version: str, *lines: str) -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def test_a_card_of_version_3(cells: Read) -> None:
    text = card(
        "3.0", "N:Примерова;Анна;Ивановна;;", "FN:Анна Примерова", "ORG:ООО Пример;Отдел", "TITLE:менеджер",
        "TEL;TYPE=WORK,VOICE:+7 916 000-00-01", "TEL;TYPE=CELL;TYPE=PREF:2", "TEL;TYPE=CELL:3",
        "EMAIL;TYPE=INTERNET:anna@example.com", r"ADR;TYPE=HOME:;;ул. Примерная\, 1;Тверь;;170000;Россия",
        "item1.TEL:4", "item1.X-ABLabel:_$!<Mobile>!$_", "CATEGORIES:a,b", r"NOTE:line\nfeed", "BDAY:1990-01-02",
        "IMPP;X-SERVICE-TYPE=Skype:skype:anna", "UID:u1", "URL:https://example.com",
        "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ", "  AAAA",
    )  # fmt: skip
    (record,) = records(cells(text)["base.dat"])
    assert record == {
        "N.FAMILY": "Примерова", "N.GIVEN": "Анна", "N.ADDITIONAL": "Ивановна", "FN": "Анна Примерова",
        "ORG": "ООО Пример; Отдел", "TITLE": "менеджер", "TEL;WORK": "+7 916 000-00-01", "TEL;CELL": "2\n3",
        "EMAIL": "anna@example.com", "ADR;HOME.STREET": "ул. Примерная, 1", "ADR;HOME.CITY": "Тверь",
        "ADR;HOME.CODE": "170000", "ADR;HOME.COUNTRY": "Россия", "TEL;MOBILE": "4", "CATEGORIES": "a, b",
        "NOTE": "line\nfeed", "BDAY": "1990-01-02", "IMPP;SKYPE": "skype:anna", "UID": "u1",
        "URL": "https://example.com",
    }  # fmt: skip


def test_a_card_of_version_2(cells: Read) -> None:
    text = card(
        "2.1", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=95;=D0=98", "TEL;CELL;PREF:1",
        "NOTE;ENCODING=QUOTED-PRINTABLE:ab=", "c",
    )  # fmt: skip
    assert records(cells(text)["base.dat"]) == [{"N.FAMILY": "Е", "N.GIVEN": "И", "TEL;CELL": "1", "NOTE": "abc"}]


def test_a_card_of_version_4(cells: Read) -> None:
    text = card("4.0", "FN:Z", 'TEL;VALUE=uri;TYPE="voice,home":tel:+1-555-0100', "EMAIL;TYPE=work:z@example.com")
    assert records(cells(text)["base.dat"]) == [
        {"FN": "Z", "TEL;HOME": "+1-555-0100", "EMAIL;WORK": "z@example.com"}
    ]


def test_cards_of_another_program(cells: Read) -> None:
    made = vobject.vCard()
    made.add("n").value = vobject.vcard.Name(family="Kő", given="Éva")
    made.add("fn").value = "Kő Éva"
    made.add("tel").value = "1"
    assert records(cells(made.serialize() * 3)["base.dat"]) == [
        {"N.FAMILY": "Kő", "N.GIVEN": "Éva", "FN": "Kő Éva", "TEL": "1"}
    ] * 3  # fmt: skip


def test_in_a_code_page(cells: Read) -> None:
    data = card("2.1", "N:Ёлкина;Анна", "TEL:1").encode("cp1251")
    assert records(cells(data, code_page="cp1251")["base.dat"])[0]["N.FAMILY"] == "Ёлкина"


def test_a_spoiled_card_costs_itself_alone(cells: Read) -> None:
    good = card("3.0", "FN:A", "TEL:1")
    open_end = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:B\r\nTEL:7916"
    found = records(
        cells(good + card("3.0", "FN:C", "no property") + open_end + "\r\n" + good + open_end)["base.dat"]
    )
    assert [row.get("note") for row in found] == [
        None, "unreadable: the card is damaged (ParseError)", "unreadable: the card is not ended", None,
        "unreadable: the card is not ended",
    ]  # fmt: skip
    assert "no property" in found[1]["FN"] and "TEL" not in found[4] and found[3] == {"FN": "A", "TEL": "1"}
