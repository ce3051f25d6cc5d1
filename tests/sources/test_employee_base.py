"""A base that an employee brought: nothing is read of it without its origin, and it is never an act of the person."""

import pytest

from consent import ledger
from flows import ahead
from leads.errors import ConfigError, SourceError
from leads.settings import Settings
from leads.source import Source
from sources import employee_base
from store import landing

ORIGIN = "Own visitors of the stand, collected by the former employer, who agreed in a letter of 2026-05-04"
STATED = {"brought_by": "alpha", "lawful_origin": ORIGIN}
FILE = "Name;Phone;Yes\nAnna Musterstein;0151 10000001;ja\nBert Musterstein;0151 10000002;nein\n"


@pytest.fixture
def make(tmp_path):
    (tmp_path / "base.csv").write_text(FILE)

    def build(from_person: bool = False, **pull: str) -> Source:
        return Source(
            name="brought", title="Brought", kind="employee_base", owner="sales", licence="statement of 2026-06-01",
            legal_basis="consent, as stated by who brought it", from_person=from_person, region="DE", language="de",
            columns={"Name": "full_name", "Phone": "phone", "Yes": "consent"},
            consent={"given": ["ja"], "refused": ["nein"]}, pull={"file": str(tmp_path / "base.csv"), **pull},
        )  # fmt: skip

    return build


def test_the_rows_are_those_of_the_file(make):
    (frame,) = list(employee_base.pull(make(**STATED), None))
    assert frame["Name"].tolist() == ["Anna Musterstein", "Bert Musterstein"]


@pytest.mark.parametrize(
    ("stated", "key"),
    [
        ({}, "brought_by"),
        ({"brought_by": "alpha"}, "lawful_origin"),
        ({"lawful_origin": ORIGIN}, "brought_by"),
        ({"brought_by": "alpha", "lawful_origin": "found it"}, "lawful_origin"),
        ({"brought_by": "", "lawful_origin": ORIGIN}, "brought_by"),
    ],
)
def test_without_a_statement_of_origin_nothing_is_read(make, stated, key):
    with pytest.raises(ConfigError, match=rf"brought\.toml, \[pull\]: key '{key}'"):
        employee_base.pull(make(file="not there.csv", **stated), None)


def test_it_cannot_be_said_to_come_from_the_people_themselves(make):
    with pytest.raises(ConfigError, match=r"key 'from_person'.*from_person = false"):
        employee_base.pull(make(from_person=True, **STATED), None)


def test_the_rest_of_pull_is_that_of_a_file(make):
    with pytest.raises(ConfigError, match="key 'colour'"):
        next(employee_base.pull(make(colour="red", **STATED), None))
    with pytest.raises(SourceError):
        next(employee_base.pull(make(**STATED | {"file": "not there.csv"}), None))


def test_a_yes_is_a_claim_a_no_is_a_no_and_everybody_is_due_a_notice(make, home):
    source, place = make(**STATED), Settings(home=home)
    manifest = landing.land(place.landing, source.name, employee_base.pull(source, None), part_rows=10)
    frames = ahead.part(place, source, manifest, 0)
    said = frames.events.merge(frames.terms, on="terms")
    assert set(said.loc[said["row"] == 0, "kind"]) == {"imported_claim", "notice_due"}
    assert set(said.loc[said["row"] == 1, "kind"]) == {"refused", "notice_due"}
    assert source.kind not in ledger.OWN_ACT, "no yes of such a base can ever be the person's own"
    assert not set(said["actor"]) & {"subject", "guardian"}
