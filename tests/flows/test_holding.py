"""Past their time: proposed, erased when told so, held up by proof; back only by the person's own act."""

import json
from shutil import copytree

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from consent import asking
from consent.acts import Said
from consent.policy import load_packs
from flows import erasing, holding, retention, stages
from leads import clock
from leads.cli import app
from leads.settings import SHIPPED_CONFIG, reload
from sales.permission import questions
from store import backup, cards, holds, runs, trail
from store.engine import reading, writing
from store.verify import verify

COLUMNS = {"Name": "full_name", "Mail": "email"}
BASE = "Name,Mail\nAnna Muster,anna@example.com\nBert Probe,bert@example.com\nCarl Probe,office@example.com\n" \
       "Dora Probe,office@example.com\n"  # fmt: skip
LATER = "2099-01-01T00:00:00.000000Z"


@pytest.fixture
def place(configured, home):
    (home / "base.csv").write_text(BASE)
    settings = configured(columns=COLUMNS, pull={"file": str(home / "base.csv")}, until="2020-01-01")
    copytree(SHIPPED_CONFIG / "policy", home / "config" / "policy")
    return settings


@pytest.fixture
def ingest(store, place, home):
    def take(name: str = "garden") -> dict[str, int]:
        run = runs.start_run(store, "ingest", name, None)
        counted = stages.ingest(store, place, stages.configured(name, str(home / "base.csv")), run)
        return {fate: count for fate, count in counted.items() if count}

    return take


def who(store, mail: str) -> list[str]:
    with reading(store) as connection:
        return trail.contacts_with(connection, "email", mail)


def hold(store, contact: str, until: str) -> None:
    with writing(store) as connection:
        holds.put(connection, contact, until, "case 1", "o", clock.now())


def past(store, place) -> dict[str, str | None]:
    """Contact -> until when it is held up."""
    with reading(store) as connection:
        found = retention.past(connection, place, clock.now())[["contact", "held_until"]].astype(object)
    return {one: until if isinstance(until, str) else None for one, until in found.itertuples(index=False)}


ANY_RULE = "DE-UWG-7-2-2"


def told(store, contact: str) -> list[tuple[str, str]]:
    got = CliRunner().invoke(app, ["may-contact", contact, "--channel", "email", "--json"])
    return [(row["reason"], row["rule"]) for row in json.loads(got.stdout)]


def test_proposed_then_erased_and_back_only_by_turning_to_us(store, place, ingest, home, garden):
    assert ingest() == {"created": 4}
    (anna,), (bert,) = who(store, "anna@example.com"), who(store, "bert@example.com")
    assert len(past(store, place)) == 4
    hold(store, bert, LATER)
    assert retention.apply(store, place, "officer") == retention.Applied(3, 1, [])
    assert who(store, "anna@example.com") == who(store, "office@example.com") == [] and who(
        store, "bert@example.com"
    )
    with reading(store) as connection:
        assert verify(connection, []).whole
        reasons = (
            connection.execute(text("SELECT reason, count(*) FROM suppression GROUP BY reason")).tuples().all()
        )
    assert reasons == [("retention", 2)], "a mailbox that only erased people shared goes as well"
    assert ingest() == {"duplicate": 1, "suppressed": 3}, "the base brings nobody back"
    own = garden(kind="event", from_person=True, columns=COLUMNS, pull={"format": "file", "file": "x"})
    (home / "config" / "sources" / "fair.toml").write_text(own)
    (home / "base.csv").write_text("Name,Mail\nAnna Muster,anna@example.com\n")
    assert ingest("fair") == {"created": 1}, "the person does"
    (new,) = who(store, "anna@example.com")
    assert new != anna
    assert told(store, new) == [("let_go", "kept-long-enough")], "and nobody says that they asked for it"
    erasing.erase(store, place, new, (), Said("withdrawn", "any", "any", clock.now(), "o", None))
    assert ingest("fair") == {"suppressed": 1}, "who then asks to be erased comes back from nowhere"


def test_proof_holds_an_erasure_up_and_the_person_is_shut_off(store, place, ingest, home):
    ingest()
    (anna,) = who(store, "anna@example.com")
    hold(store, anna, LATER)
    said = Said("withdrawn", "any", "any", clock.now(), "o", None)
    with reading(store) as connection:
        assert holding.in_force(connection, place, [anna], clock.now()) == {anna: (LATER, "case 1")}
    for _ in range(2):
        erasing.restrict(store, place, anna, said)
    with reading(store) as connection:
        assert anna not in set(cards.cards(connection)["contact"])
        events = trail.events(connection, [{"type": "email", "value": "anna@example.com"}])
    assert [one["kind"] for one in events].count("withdrawn") == 1
    assert erasing.again(store, place, said) == 0 and who(store, "anna@example.com") == [anna]
    archive = backup.backup(store, place)
    hold(store, anna, "2020-01-01T00:00:00.000000Z")
    backup.restore(store, place, archive, replace=True)
    with reading(store) as connection:
        assert holding.in_force(connection, place, [anna], clock.now()) == {}, (
            "what was said since is not forgotten"
        )
    assert erasing.again(store, place, said) == 1 and who(store, "anna@example.com") == []
    assert ingest() == {"duplicate": 3, "suppressed": 1}


def test_who_waits_for_erasure_shuts_the_mailbox_they_share_until_they_are_gone(store, place, ingest):
    ingest()
    carl, dora = who(store, "office@example.com")
    assert told(store, "office@example.com") == [("no_consent", ANY_RULE)] * 2
    hold(store, carl, LATER)
    said = Said("withdrawn", "any", "any", clock.now(), "o", None)
    erasing.restrict(store, place, carl, said)
    waits = ("restricted", "waits-for-erasure")
    assert told(store, carl) == told(store, dora) == [waits] and told(store, "anna@example.com") != [waits]
    with reading(store) as connection:
        shown = cards.cards(connection)
        asked = questions(shown, cards.card_points(connection, shown), "marketing")
        answers = asking.ask(connection, asked, load_packs(SHIPPED_CONFIG / "policy"), clock.now(), "en")
    assert carl not in set(shown["contact"])
    assert dict(zip(answers["contact"], answers["rule"] == waits[1], strict=True))[dora], "in bulk as well"
    assert (answers["rule"] == waits[1]).sum() == 1 and answers["evidence"].isna().all()
    hold(store, carl, "2020-01-01T00:00:00.000000Z")
    assert erasing.again(store, place, said) == 1
    assert told(store, dora) == [("no_consent", ANY_RULE)], "who is left has it alone, as after every erasure"


def test_killed_or_restored_whoever_was_let_go_of_may_come_back_by_an_own_act(store, place, ingest, monkeypatch):
    class Killed(Exception): ...

    def die(*_a, **_k):
        raise Killed

    ingest()
    archive = backup.backup(store, place)
    with monkeypatch.context() as patched:
        patched.setattr(erasing.redacting, "redact", die)
        with pytest.raises(Killed):
            retention.apply(store, place, "o")
    said = Said("withdrawn", "any", "any", clock.now(), "o", None)
    assert erasing.again(store, place, said) == 4
    backup.restore(store, place, archive, replace=True)
    assert len(who(store, "anna@example.com")) == 1, "in the backup"
    assert erasing.again(store, place, said, restored=True) == 4
    with reading(store) as connection:
        reasons = connection.execute(text("SELECT DISTINCT reason FROM suppression")).scalars().all()
        assert reasons == ["retention"] and who(store, "anna@example.com") == []


def test_a_hold_follows_a_merge_and_a_source_can_hold_as_well(store, place, ingest, home, garden):
    ingest()
    (anna,), (bert,) = who(store, "anna@example.com"), who(store, "bert@example.com")
    hold(store, anna, LATER)
    with writing(store) as connection:
        connection.execute(
            text("""INSERT INTO contact_alias (public_id, contact_id, lead_id, merged_at)
                    SELECT :anna, id, 'l', 'm' FROM contact WHERE public_id = :bert"""), {"anna": anna, "bert": bert},
        )  # fmt: skip
    with reading(store) as connection:
        assert bert in holding.in_force(connection, place, [bert], clock.now())
    text_ = garden(columns=COLUMNS, pull={"file": "x"}, until="2020-01-01", proof_until="2098-01-01")
    (home / "config" / "sources" / "garden.toml").write_text(text_)
    reload()
    assert [until and until[:10] for until in past(store, place).values()].count("2098-01-01") == 2, (
        "for those that the hold of one does not hold longer"
    )
    assert retention.apply(store, place, "o").erased == 0


def test_nobody_is_past_a_time_that_nobody_stated(store, configured, ingest, home):
    place = configured(columns=COLUMNS, pull={"file": str(home / "base.csv")})
    ingest()
    assert past(store, place) == {}
