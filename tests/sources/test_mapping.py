import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads import schema
from leads.errors import LeadsError, SourceError
from leads.source import FIELDS, Source
from sources import mapping

OWN = Path(__file__).parents[2] / "../shared/data/bad-inputs/own/headers.jsonl"

COLUMNS = {
    "Phone": "phone", "Mobile": "phone", "E-mail": "email", "Name": "full_name", "Kind": "tags", "Group": "tags",
    "Lang": "language", "Tier": "tier", "Note": "ignore", "OK": "consent", "When": "stated_at",
}  # fmt: skip
HEADERS = [*COLUMNS, "ИНН", 'say "x"']
EDGES = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff"


def landed(
    headers: list[str], rows: list[dict[str, str | None]], note: dict[int, str] | None = None
) -> pd.DataFrame:
    """Rows as the landing holds them: columns named by position."""
    count = len(rows)
    fixed = {
        "row": pd.Series(range(count), dtype=schema.INT),
        "record_key": schema.texts(row.get("@key", f"key-{i}") for i, row in enumerate(rows)),
        "content": schema.texts(json.dumps(row, sort_keys=True) for row in rows),
        "occurred_at": schema.texts(row.get("@time") for row in rows),
        "source_uri": schema.texts(row.get("@uri") for row in rows),
        "note": schema.texts((note or {}).get(i) for i in range(count)),
    }
    return pd.DataFrame(fixed | {f"f{i}": schema.texts(r.get(h) for r in rows) for i, h in enumerate(headers)})


@pytest.fixture
def source(make_source: Any) -> Source:
    given: Source = make_source(
        columns=COLUMNS, tags=("base", "2026"), lookups={"tier": {"опт": "wholesale", " VIP ": "key", "-": ""}}
    )
    return given


def state(source: Source, *rows: dict[str, str | None], **more: Any) -> list[dict[str, Any]]:
    frame = mapping.state(landed(HEADERS, list(rows), **more), HEADERS, source)
    return [{k: v for k, v in row.items() if not pd.isna(v)} for row in frame.to_dict("records")]


def test_cells_go_to_their_fields(source: Source) -> None:
    (found,) = state(
        source,
        {
            "Phone": " 8 916 \n",
            "Mobile": "+7 916",
            "E-mail": "\u00a0A@Example.com\ufeff",
            "Name": "   ",
            "Note": "secret",
            "Kind": "opt",
            "Group": "mail",
            "Lang": "en",
            "OK": "да",
            "When": "1 мая",
            "ИНН": " 77 ",
            'say "x"': "a\\b\n",
            "@time": "2026-05-01T10:00:00.000000Z",
            "@uri": "base.csv",
        },
    )
    assert len(found.pop("lead_id")) == 32
    assert found == {
        "row": 0, "part": 0, "record_key": "key-0", "phone": "8 916\n+7 916", "email": "A@Example.com",
        "tags": "base|2026|opt|mail", "language": "en", "consent": "да", "stated_at": "1 мая",
        "attributes": '{"say \\"x\\"":"a\\\\b","ИНН":"77"}', "occurred_at": "2026-05-01T10:00:00.000000Z",
        "source_uri": "base.csv",
    }  # fmt: skip


def test_an_empty_row_has_what_the_source_says(source: Source) -> None:
    (found,) = state(source, {"Phone": "", "Mobile": " \t"})
    assert {k: found[k] for k in found if k in (*FIELDS, "attributes")} == {"tags": "base|2026", "language": "ru"}


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("опт", "wholesale"), (" ОПТ ", "wholesale"), ("vip", "key"), ("опт.", "опт."), ("-", None), ("", None)],
)
def test_look_ups_mend_whole_values(stated: str, expected: str | None, source: Source) -> None:
    assert state(source, {"Tier": stated})[0].get("tier") == expected


def test_look_ups_hold_quotes_and_line_feeds(make_source: Any) -> None:
    source = make_source(columns={"Tier": "tier"}, lookups={"tier": {"it's": "o'k\n", "%s": "{x}"}})
    frame = mapping.state(landed(["Tier"], [{"Tier": "IT'S"}, {"Tier": "%S"}]), ["Tier"], source)
    assert frame["tier"].tolist() == ["o'k\n", "{x}"]


def test_rows_with_a_note_are_left_out(source: Source) -> None:
    found = state(source, {"Phone": "1"}, {"Phone": "Total"}, {"Phone": "2"}, note={1: "totals"})
    assert [row["row"] for row in found] == [0, 2]


def test_a_part_may_lack_columns_that_came_later(source: Source) -> None:
    part = landed(HEADERS, [{"Phone": "1"}]).drop(columns=["f2", f"f{len(HEADERS) - 1}"])
    assert mapping.state(part, HEADERS, source)["email"].isna().all()


def test_headers_are_compared_without_case_and_blanks(source: Source) -> None:
    headers = [f" {header.upper()}\n" for header in COLUMNS]
    frame = mapping.state(landed(headers, [{headers[0]: "1"}]), headers, source)
    assert frame["phone"].tolist() == ["1"]
    assert not mapping.missing(headers, source) and not mapping.unknown(headers, source)


def test_missing_and_unknown(source: Source) -> None:
    headers = ["Phone", "Mobile", "e-mail", "OK", "New", "INN"]
    assert mapping.missing(headers, source) == ["Name", "Kind", "Group", "Lang", "Tier", "Note", "When"]
    assert mapping.unknown(headers, source) == ["New", "INN"]


@pytest.mark.parametrize(("gone", "field"), [("E-mail", "email"), ("OK", "consent")])
def test_a_batch_without_a_needed_column(gone: str, field: str, source: Source) -> None:
    headers = [header for header in HEADERS if header != gone]
    with pytest.raises(SourceError, match=f"the batch has no column for '{field}': none of its headers is {gone}"):
        mapping.state(landed(headers, [{"Phone": "1"}]), headers, source)
    assert mapping.state(landed([], []), [], source).empty


def test_one_of_several_phone_columns_may_be_missing(source: Source) -> None:
    headers = [header for header in HEADERS if header != "Phone"]
    assert mapping.state(landed(headers, [{"Mobile": "1"}]), headers, source)["phone"].tolist() == ["1"]


def test_a_frame_that_is_not_landed(source: Source) -> None:
    with pytest.raises(LeadsError, match="frame LANDED"):
        mapping.state(landed(HEADERS, [{}]).drop(columns="content"), HEADERS, source)


def test_a_lead_id_depends_on_each_of_its_parts(make_source: Any) -> None:
    def lead_id(name: str, key: str, content: str) -> str:
        frame = landed([], [{"@key": key}])
        frame["content"] = schema.texts([content])
        found: str = mapping.state(frame, [], make_source(name=name))["lead_id"].iloc[0]
        return found

    ids = [lead_id(*parts) for parts in [("aa", "b", "c"), ("ab", "b", "c"), ("aa", "bc", ""), ("aa", "b", "c0"),
                                         ("aa", "b", "c"), ("aa", "", "bc")]]  # fmt: skip
    assert ids[0] == ids[4] and len(set(ids)) == 5


def test_a_lead_id_stays_what_it_is(make_source: Any) -> None:
    """Written down, because a changed id would make every known lead a new one."""
    frame = landed([], [{"@key": "r1"}])
    frame["content"] = schema.texts(["c0ffee"])
    found = mapping.state(frame, [], make_source(name="site_form"))["lead_id"].tolist()
    assert found == ["555197540d533c82168b7a9e62bde62f"]


CELLS = (
    st.none() | st.text(max_size=12) | st.sampled_from(["", " ", "\u00a0x\u3000", '"', "\\", "\0", "\x1f", "🙂"])
)
ROWS = st.lists(st.dictionaries(st.sampled_from(HEADERS), CELLS, max_size=5), max_size=6)


def _utf8(rows: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
    """Half surrogate pairs cannot be in a frame; the kinds replace them where they read."""
    return [
        {k: v and v.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for k, v in row.items()}
        for row in rows
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, notes=st.dictionaries(st.integers(0, 5), st.just("blank")), order=st.permutations(HEADERS))
def test_every_record_once_whatever_it_holds(
    rows: list[dict[str, str | None]], notes: dict[int, str], order: list[str], source: Source
) -> None:
    rows = _utf8(rows)
    found = mapping.state(landed(HEADERS, rows, notes), HEADERS, source)
    assert found["row"].tolist() == [i for i in range(len(rows)) if i not in notes]
    assert found["lead_id"].is_unique and (found["part"] == 0).all()

    moved = mapping.state(landed(order, rows, notes), order, source)
    assert moved.equals(found)

    for lead in found.to_dict("records"):
        cells = {h: (rows[lead["row"]].get(h) or "").strip(EDGES) for h in HEADERS}
        kept = {h: cells[h] for h in sorted(HEADERS) if h not in COLUMNS and cells[h]}
        assert (None if pd.isna(lead["attributes"]) else json.loads(lead["attributes"])) == (kept or None)
        phones = "\n".join(filter(None, [cells["Phone"], cells["Mobile"]])) or None
        assert (None if pd.isna(lead["phone"]) else lead["phone"]) == phones


@pytest.mark.skipif(not OWN.is_file(), reason="the shared hostile headers are not beside the checkout")
def test_hostile_headers_are_only_names(make_source: Any) -> None:
    headers = list(
        dict.fromkeys(json.loads(line)["header"] for line in OWN.read_text(encoding="utf-8").splitlines())
    )
    frame = mapping.state(landed(headers, [dict.fromkeys(headers, "x")]), headers, make_source())
    assert json.loads(frame["attributes"].iloc[0]) == dict.fromkeys(headers, "x")


LABELLED = {
    "Work": "phone:work", "Mobile": "phone:mobile", "Phone": "phone", "Fax": "phone:fax", "E-mail": "email",
    "Name": "full_name", "ID": "external_id", "TG": "telegram", "Born": "birthday",
}  # fmt: skip


def labelled(make_source: Any, *rows: dict[str, str | None], **told: Any) -> list[dict[str, Any]]:
    frame = mapping.state(landed([*LABELLED], list(rows)), [*LABELLED], make_source(columns=LABELLED), **told)
    return [{k: v for k, v in row.items() if not pd.isna(v)} for row in frame.to_dict("records")]


def test_each_line_of_a_field_has_its_label(make_source: Any) -> None:
    rows = (
        {"Work": "1\n2", "Phone": "3", "Fax": " 4 ", "E-mail": "a@example.com"},
        {"Phone": "3"},
        {"Phone": "3", "Fax": "4"},
        {"TG": "@name"},
    )
    one, two, three, four = labelled(make_source, *rows)
    assert (one["phone"], one["phone_labels"]) == ("1\n2\n3\n4", "work\nwork\n\nfax")
    assert (two["phone"], two.get("phone_labels")) == ("3", None)
    assert (three["phone"], three["phone_labels"]) == ("3\n4", "\nfax")
    assert (four["telegram"], "phone_labels" in four, "email_labels" in one) == ("@name", False, False)


def by_commas(cell: str, _: str) -> list[str]:
    return cell.split(", ")


def test_people_in_one_cell_are_parts(make_source: Any) -> None:
    rows = (
        {"Name": "Solo", "Phone": "1"},
        {"Name": "Obraz I., Primer P.", "Phone": "2"},
        {"Name": "A & B", "Phone": "3"},
    )
    found = labelled(make_source, *rows, people=by_commas)
    assert [(row["row"], row["part"], row["full_name"], row["phone"]) for row in found] == [
        (0, 0, "Solo", "1"), (1, 0, "Obraz I.", "2"), (1, 1, "Primer P.", "2"), (2, 0, "A & B", "3"),
    ]  # fmt: skip
    assert len({row["lead_id"] for row in found}) == len(found)
    assert len(labelled(make_source, *rows)) == 3, "nobody says who is who"


def test_a_birthday_is_not_given_to_several_people(make_source: Any) -> None:
    names = "Образцов И.И., Примеров П.П."
    rows = ({"Name": names, "Born": '7.3.1985"'}, {"Name": "Solo", "Born": "7.3.1985"})
    found = labelled(make_source, *rows, people=by_commas)
    assert [json.loads(row["attributes"]) for row in found[:2]] == [{"birthday": '7.3.1985"'}] * 2
    assert ["birthday" in row for row in found] == [False, False, True]


def test_the_sources_own_id_is_the_record_key(make_source: Any) -> None:
    rows = ({"ID": " 77 ", "Phone": "1"}, {"ID": "—", "Phone": "1"}, {"Phone": "1"}, {"ID": "77", "Phone": "2"})
    found = labelled(make_source, *rows)
    assert [row["record_key"] for row in found] == ["77", "key-1", "key-2", "77"]
    assert found[0]["external_id"] == "77"
    assert found[0]["lead_id"] != found[3]["lead_id"]


@pytest.mark.parametrize(
    ("cell", "read"),
    [("'=1@example.com", "=1@example.com"), ("''=1", "'=1"), ("'+7 916", "+7 916"), ("' =1", "=1"), ("'\t=1", "=1"),
     ("a@b.c; '=1@b.c", "a@b.c; =1@b.c"), ("a;''-1", "a;'-1"), ("'Ndrangheta", "'Ndrangheta"), ("O'Brien", "O'Brien"),
     ("'quoted'", "'quoted'"), ("'", "'"), ("a '=1", "a '=1"), ("'007", "'007")],
)  # fmt: skip
def test_marks_against_formulas_are_taken_off(source: Source, cell: str, read: str) -> None:
    assert [row["email"] for row in state(source, {"E-mail": cell})] == [read]
