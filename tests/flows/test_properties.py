"""Whatever a base holds, every row is accounted for, and the same base twice leaves the store equal (P1, P3)."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from flows import stages
from leads.settings import settings
from leads.source import Source
from store import runs
from store.engine import reading

HEADERS = ("ФИО", "Телефон", "Почта", "Компания", "Город", "Согласие", "Прочее")
PHONES = (
    "8 (916) 123-45-67",
    "+79161234567",
    "9161234568",
    "7.9161E+10",
    "12",
    "нет",
    "",
    "+36 30 123 4567; 8-916-123-45-67",
)
EMAILS = ("a@example.com", "A@EXAMPLE.COM", "info@example.com", "b@", "", "b@example.com, c@example.com")
NAMES = ("Иванов Иван Иванович", "Петров П. П.", "Ivan Ivanov", "Сидорова", "тест", "", "ООО «Ромашка»")
COMPANIES = ("ООО «Ромашка»", "Ромашка", "", "ЗАО Лютик")
ANSWERS = ("да", "нет", "", "может быть")
anything = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
row = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(PHONES), st.sampled_from(EMAILS), st.sampled_from(COMPANIES),
    anything, st.sampled_from(ANSWERS), anything,
)  # fmt: skip
SHOWN = (
    "contact",
    "contact_point",
    "contact_alias",
    "lead",
    "lead_point",
    "match_key",
    "match_decision",
    "consent_event",
)


def base(file, rows) -> Source:
    out = io.StringIO()
    table = csv.writer(out, delimiter=";", lineterminator="\n")
    table.writerow(HEADERS)
    table.writerows(rows)
    file.write_text(out.getvalue(), encoding="utf-8")
    fields = ("full_name", "phone", "email", "company", "city", "consent")
    return Source(
        name="any_base", title="Any base", kind="purchased_base", owner="test", licence="none", region="RU",
        legal_basis="legitimate interest", from_person=False, language="ru", pull={"file": str(file), "delimiter": ";"},
        columns=dict(zip(HEADERS[:6], fields, strict=True)), assertions={"min": 0},
        consent={"given": ["да"], "refused": ["нет"]},
    )  # fmt: skip


def dump(engine) -> dict[str, list[tuple]]:
    with reading(engine) as connection:
        return {t: [tuple(r) for r in connection.execute(text(f"SELECT * FROM {t} ORDER BY 1, 2"))] for t in SHOWN}


def ingest(engine, source: Source) -> dict[str, int]:
    return stages.ingest(engine, settings(), source, runs.start_run(engine, "ingest", source.name, None))


@pytest.fixture
def fresh(home, begun):
    """A function that gives a new, empty store in the same home."""
    made = []

    def make():
        made.append(begun(f"sqlite:///{home / f'{len(made)}.db'}"))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


QUICK = hypothesis_settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
LONG = hypothesis_settings(QUICK, max_examples=30)


@QUICK
@given(rows=st.lists(row, max_size=25))
def test_every_row_has_one_fate_and_the_same_base_twice_changes_nothing(fresh, tmp_path, rows):
    """Four bases; thirty in the slow lane."""
    one_fate(fresh, tmp_path, rows)


@pytest.mark.slow
@LONG
@given(rows=st.lists(row, max_size=25))
def test_every_row_of_more_bases_has_one_fate(fresh, tmp_path, rows):
    one_fate(fresh, tmp_path, rows)


def one_fate(fresh, tmp_path, rows):
    engine = fresh()
    source = base(tmp_path / "base.csv", rows)
    counted = ingest(engine, source)
    blank = sum(1 for r in rows if not any(cell.strip() for cell in r))
    # A row may look like the header or a totals line; a blank one is surely no record.
    assert sum(counted.values()) >= len(rows)
    assert counted["not_a_record"] >= blank
    usable = counted["created"] + counted["merged"]
    before = dump(engine)
    assert len(before["lead"]) == usable
    assert len(before["contact"]) <= counted["created"]
    again = ingest(engine, source)
    assert again["duplicate"] == usable
    assert {**again, "duplicate": 0} == {**counted, "created": 0, "merged": 0}
    assert dump(engine) == before


@QUICK
@given(rows=st.lists(row, min_size=1, max_size=15), more=row)
def test_a_base_with_one_more_line_is_not_a_new_base(fresh, tmp_path, rows, more):
    """Four bases; thirty in the slow lane."""
    no_new_base(fresh, tmp_path, rows, more)


@pytest.mark.slow
@LONG
@given(rows=st.lists(row, min_size=1, max_size=15), more=row)
def test_more_bases_with_one_more_line_are_no_new_ones(fresh, tmp_path, rows, more):
    no_new_base(fresh, tmp_path, rows, more)


def no_new_base(fresh, tmp_path, rows, more):
    engine = fresh()
    first = ingest(engine, base(tmp_path / "base.csv", rows))
    second = ingest(engine, base(tmp_path / "base.csv", [*rows, more]))
    assert second["duplicate"] == first["created"] + first["merged"]
    assert second["created"] + second["merged"] <= 1
