"""Single acts in the ledger, and which leads lack theirs."""

import pandas as pd
import pytest
from sqlalchemy import text

from consent import ledger
from consent.complete import lacking
from leads import clock, schema
from leads.errors import LeadsError
from store import ledger as store_ledger
from store.engine import reading, writing
from store.verify import verify

AT = "2026-05-03T10:00:00.000000Z"
ACT = {
    "channels": ("call", "sms"), "purposes": ("marketing",), "actor": "subject", "method": "oral",
    "evidence": "call of 3 May", "at": AT, "controller": "us", "source": "calls", "source_kind": "act",
}  # fmt: skip


def points(*said: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"type": schema.texts(t for t, _ in said), "value": schema.texts(v for _, v in said)})


PHONE, OTHER, MAIL = ("phone", "+4915112345678"), ("phone", "+4915112345679"), ("email", "a@example.com")


def enter(store, *said, **more) -> int:
    terms, events = ledger.act(points(*said), **(ACT | more))
    nobody = pd.DataFrame({"lead_id": schema.texts([]), "id": pd.array([], dtype=schema.INT)})
    with writing(store) as connection:
        return store_ledger.append(connection, terms, events.assign(recorded_time=clock.now()), nobody)


def test_an_act_is_an_event_for_each_point(store, home):
    assert enter(store, PHONE, MAIL, OTHER, kind="withdrawn") == 3
    assert enter(store, PHONE, kind="notice_sent", channels=("any",), purposes=("any",)) == 1
    with reading(store) as connection:
        told = store_ledger.history(connection, points(PHONE))
        assert verify(connection, []).whole
    assert list(told[["kind", "channel", "purpose"]].itertuples(index=False, name=None)) == [
        ("withdrawn", "call", "marketing"), ("withdrawn", "sms", "marketing"), ("notice_sent", "any", "any"),
    ]  # fmt: skip
    assert set(told["event_time"]) == {AT} and set(told["evidence_ref"]) == {"call of 3 May"}
    assert told["lead_id"].isna().all()


@pytest.mark.parametrize("kind", schema.EVENT_KINDS)
def test_every_kind_can_be_entered(new_store, home, kind):
    store = new_store("sqlite", migrated=True)
    assert enter(store, PHONE, kind=kind) == 1
    assert enter(store, PHONE, kind=kind) == 1, "an act may be done again"


def test_an_unknown_kind_is_refused(home):
    with pytest.raises(LeadsError, match="column 'kind'"):
        ledger.act(points(PHONE), "agreed", **ACT)


def lead(connection, number: int, source: int, consent: str | None, type_: str, usable: bool = True) -> None:
    connection.execute(text("""INSERT INTO lead (id, public_id, source_id, batch_id, row, part, record_key, contact_id,
        stated_at, edited, kind, consent) VALUES (:n, 'lead' || :t, :s, 1, :n, 0, :t, 1, 't', false, 'person', :c)"""),
        {"n": number, "t": str(number), "s": source, "c": consent})  # fmt: skip
    connection.execute(text("""INSERT INTO lead_point (lead_id, type, slot, text, value, valid, usable)
        VALUES (:n, :type, 0, 'x', 'x', true, :usable)"""), {"n": number, "type": type_, "usable": usable})  # fmt: skip


def test_which_leads_lack_their_events(store, home, make_source):
    form = make_source({"channels": ("email",)}, name="form")
    base = make_source(name="base", kind="purchased_base", from_person=False)
    with writing(store) as connection:
        for number, source in enumerate((form, base), start=1):
            connection.execute(text("""INSERT INTO source (id, name, kind, title, trust, audience, region, config_sha256,
                config) VALUES (:n, :name, 'k', 't', 50, 'business', 'DE', 'x', :config)"""),
                {"n": number, "name": source.name, "config": source.model_dump_json()})  # fmt: skip
        connection.execute(text("""INSERT INTO batch (id, public_id, source_id, sha256, rows, fetched_at, status)
            VALUES (1, 'b', 1, 'x', 3, 't', 'loaded')"""))  # fmt: skip
        connection.execute(text("""INSERT INTO contact (id, public_id, kind, claims, first_lead_id, first_seen, last_seen)
            VALUES (1, 'c', 'person', '{}', 'old', 't', 't')"""))  # fmt: skip
        lead(connection, 1, 1, "yes", "email")
        lead(connection, 2, 1, "yes", "phone")  # nobody asked about phones
        lead(connection, 3, 1, "perhaps", "email")
        lead(connection, 4, 1, None, "email")
        lead(connection, 5, 1, "no", "email", usable=False)
        lead(connection, 6, 2, None, "phone")
        lead(connection, 7, 2, None, "email", usable=False)
        lead(connection, 8, 1, "no", "email")
    with reading(store) as connection:
        assert lacking(connection) == [
            {"source": "form", "what": "answer", "leads": 2, "lead": "lead1"},
            {"source": "base", "what": "notice", "leads": 1, "lead": "lead6"},
        ]
    ids = pd.DataFrame(
        {"lead_id": schema.texts(["lead1", "lead6", "lead8"]), "id": pd.array([1, 6, 8], dtype=schema.INT)}
    )
    for name, kind in (("lead1", "given"), ("lead8", "refused"), ("lead6", "notice_due")):
        terms, events = ledger.act(points(MAIL), kind, **ACT)
        with writing(store) as connection:
            said = events.assign(lead_id=schema.texts([name]), recorded_time=clock.now())
            store_ledger.append(connection, terms, said, ids)
    with reading(store) as connection:
        assert lacking(connection) == []


def test_frames_in_pieces_are_appended_as_whole_ones(store, home):
    """After a concatenation or a filter a column of Arrow is several arrays."""
    terms, events = ledger.act(points(PHONE, MAIL, OTHER, PHONE), "given", **ACT)
    names = schema.texts(["lead1", None, "lead2", "lead1"])
    events = events.assign(lead_id=names, recorded_time=clock.now())
    pieces = pd.concat([events.iloc[:1], events.iloc[1:1], events.iloc[1:]])
    ids = pd.DataFrame({"lead_id": schema.texts(["lead2", "lead1"]), "id": pd.array([2, 1], dtype=schema.INT)})
    with writing(store) as connection:
        assert store_ledger.append(connection, terms, pieces, pd.concat([ids.iloc[:1], ids.iloc[1:]])) == 3
        said = (
            connection.execute(text("SELECT subject_id, lead_id FROM consent_event ORDER BY seq")).tuples().all()
        )
        assert verify(connection, []).whole
    assert [lead for _, lead in said] == [1, None, 2] and {subject for subject, _ in said} == {1, 2, 3}
