"""Messenger cells and the accounts they state."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.messengers.cells import read_messengers, split_accounts
from enrich.messengers.reader import INVITATION, NOT_NAMED, read_messenger, services
from leads import schema


@pytest.mark.parametrize(
    ("text", "service", "value"),
    [
        ("@Sample_K", "telegram", "telegram:sample_k"),
        ("https://t.me/Sample_K", None, "telegram:sample_k"),
        ("https://www.t.me/sample_k/12", None, "telegram:sample_k"),
        ("tg://resolve?domain=Sample_K", None, "telegram:sample_k"),
        ("t.me/+79161234567", None, "telegram:+79161234567"),
        ("8 916 123-45-67", "telegram", "telegram:+79161234567"),
        ("тг: @sample_k", None, "telegram:sample_k"),
        ("tg@sample_k", None, "telegram:sample_k"),
        ("WhatsApp 8 916 123-45-67", None, "whatsapp:+79161234567"),
        ("8 916 123-45-67 (ватсап)", "telegram", "whatsapp:+79161234567"),
        ("https://wa.me/79161234567?text=hi", "telegram", "whatsapp:+79161234567"),
        ("https://api.whatsapp.com/send?phone=79161234567", None, "whatsapp:+79161234567"),
        ("viber://chat?number=%2B79161234567", None, "viber:+79161234567"),
        ("8 9l6 123-45-67", "viber", "viber:+79161234567"),
        ("live:.cid.abc123", "skype", "skype:live:.cid.abc123"),
        ("skype: sample.person", None, "skype:sample.person"),
        ("https://vk.com/id12345", None, "vk:id12345"),
        ("id12345", "vk", "vk:id12345"),
    ],
)
def test_reads_an_account(text: str, service: str | None, value: str) -> None:
    account = read_messenger(text, service, "RU")
    assert account.value == value
    assert account.kind == value.partition(":")[0]
    assert account.region == ("RU" if "+" in value else None)
    again = read_messenger(value, None, "ZZ")
    assert again.value == value


@pytest.mark.parametrize(
    ("text", "service", "flag"),
    [
        ("@sample_k", None, NOT_NAMED),
        ("8 916 123-45-67", None, NOT_NAMED),
        ("vk@example.com", None, NOT_NAMED),
        ("t.me/joinchat/AAA", None, INVITATION),
        ("https://t.me/+AbCdEf", "telegram", INVITATION),
        ("wa.me/message/ABC", None, INVITATION),
        ("есть", "telegram", "no telegram name"),
        ("Sample Person", "telegram", "no telegram name"),
        ("12345", "whatsapp", "too short"),
        ("x" * 300, "skype", "too long"),
    ],
)
def test_sets_aside_what_is_no_account(text: str, service: str | None, flag: str) -> None:
    account = read_messenger(text, service, "RU")
    assert (account.value, account.flag) == (None, flag)


@given(st.text(max_size=60), st.sampled_from((None, *services())))
def test_any_text_is_an_account_or_has_a_flag(text: str, service: str | None) -> None:
    account = read_messenger(text, service, "RU")
    assert (account.value is None) <= (account.flag is not None)
    assert account.value is None or account.value.startswith(f"{account.kind}:")


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("@aaaaa, @bbbbb", ["@aaaaa", "@bbbbb"]),
        ("@aaaaa @bbbbb", ["@aaaaa", "@bbbbb"]),
        ("Telegram: @aaaaa WhatsApp: +79161234567", ["Telegram: @aaaaa", "WhatsApp: +79161234567"]),
        ("https://t.me/aaaaa https://vk.com/bbb", ["https://t.me/aaaaa", "https://vk.com/bbb"]),
        ("8 916 123-45-67", ["8 916 123-45-67"]),
        ("нет", []),
    ],
)
def test_splits_a_cell(cell: str, parts: list[str]) -> None:
    assert split_accounts(cell) == parts


def test_cells_become_points() -> None:
    cells = pd.DataFrame({
        "lead_id": schema.texts(["a", "a", "b", "c"]),
        "text": schema.texts(["@sample_k", "https://t.me/sample_k", None, "да"]),
        "region": schema.texts(["RU"] * 4),
        "service": schema.texts(["telegram", None, "viber", "whatsapp"]),
        "label": schema.texts([None, "work", None, None]),
    })  # fmt: skip
    points = schema.check(schema.POINTS, read_messengers(cells))
    assert list(points["value"].fillna("")) == ["telegram:sample_k", ""]
    assert list(points["usable"]) == [True, False]
    assert list(points["type"].unique()) == ["messenger"]
    assert list(points["flag"].fillna("")) == ["", "not a number"]
