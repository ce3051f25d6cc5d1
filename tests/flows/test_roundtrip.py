"""What `leads deliver` hands over, `leads columns --save` and `leads ingest` read back without loss, in any language."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import typer
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from flows import handover, stages
from leads import schema
from leads.cli import columns, keep
from leads.settings import SHIPPED_CONFIG, reload, settings
from leads.source import load_source
from sales import delivery, sheets
from sales.headings import Words, headings
from store import landing, runs
from store.engine import reading

# What people told us themselves, so that they may be contacted and are handed over.
PEOPLE = """
title = "Visitors"
kind = "event"
owner = "sales"
licence = "own collection"
legal_basis = "consent given at the stand"
from_person = true
region = "RU"
language = "ru"
[pull]
format = "file"
file = "{file}"
[columns]
{columns}
[consent]
text = "You may call and write to me."
channels = ["call", "sms", "email", "messenger"]
given = ["yes"]
[assertions]
min = 0
"""
# What a colleague does with the file: nobody says what its columns are.
AGAIN = """
title = "The delivery of another department"
kind = "purchased_base"
owner = "sales"
licence = "our own"
legal_basis = "legitimate interest"
from_person = false
region = "ZZ"
language = "{language}"
[pull]
file = "{file}"
[assertions]
min = 0
"""
OWNER = '[owners.team]\nname = "Team"\nemail = "team@example.com"\nlanguage = "{language}"\nlanguages = ["{language}"]\n'
FIELDS = (
    "family_name", "given_name", "full_name", "company", "job", "country", "region", "city", "language", "tier", "tags",
    "phone", "email", "messenger",
)  # fmt: skip
# Every field of a contact that a delivery has a column for, and what is derived from them.
HANDED_OVER = (
    "kind", "family_name", "given_name", "company", "job", "country", "region", "city", "language", "tier", "tags",
    "family_key", "given_key", "company_key",
)  # fmt: skip
# Every other one. A new field of a contact is in one of the two lists, or the test below fails.
STAYS_WITH_US = (
    "id", "public_id", "patronymic", "name_text", "company_form", "address", "postcode", "website", "legal_address",
    "postal_address", "delivery_address", "birthday", "responsible", "claims", "first_lead_id", "first_seen",
    "last_seen", "title", "gender", "registrations", "domain", "region_code", "street", "house",
)  # fmt: skip


def person(**told: str) -> dict[str, str]:
    return {"country": "RU", "language": "ru", **told}


RICH = [
    person(family_name="Примеров", given_name="Пётр", phone="8 (916) 123-45-01 доб. 12; +7 495 123-45-01",
           email="P.Primerov@example.com; second@example.com", company="ООО «Образец»", job="Директор", city="Тверь",
           region="Тверская область", tier="опт", tags="плитка, кирпич|VIP"),
    person(family_name="Müller-Lüdenscheidt", given_name="Jörg", phone="+49 30 23124 001", country="DE", language="de",
           messenger="telegram: @sample_one; whatsapp: +491512345601", company="Beispiel & Söhne GmbH"),
    person(family_name="Minta", given_name="Őrsébet", phone="+36 30 123 4501; +36 30 123 4502; +36 1 234 5601",
           country="HU", language="hu", email="orsebet@example.com", job='Vezető; "fő" mérnök'),
    person(family_name="Exemplu", given_name="Ștefan-Țepeș", phone="+40 721 234 501", country="RO", language="ro",
           messenger="skype: live:sample.two; vk.com/sample_three; viber: +40721234501"),
    person(family_name="Đorđević", given_name="Željka", phone="+381 63 123 4501", country="RS", language="sr",
           email="zeljka@example.com", city="Čačak"),
    person(family_name="Παράδειγμα", given_name="Ελένη", phone="+7 916 123-45-06", city="Αθήνα"),
    person(family_name="مثال", given_name="نور", phone="+7 916 123-45-07"),
    person(family_name="範例", given_name="小明", phone="+7 916 123-45-08"),
    person(family_name="O'Sample", given_name="D'Arcy", phone="+7 916 123-45-09", company="=1+1", job="007",
           city="+City", region="A;=B", tier="-1"),
    person(family_name="Zeilen", given_name="Zwei", phone="+7 916 123-45-10", job="Einkauf\nund Verkauf", company="'=2+2",
           city="😀 Stadt", tags="a;b|2026-05-03|=tag"),
    person(full_name="Ромашка", company="Ромашка", phone="+7 916 123-45-11"),
    person(company="Lutschik", email="=1+1@example.com; '=2+2@example.com; o'sample@example.com"),
    person(family_name="Одна", phone="+7 916 123-45-13"),
    person(family_name="van der Beispiel", phone="+7 916 123-45-12", language="de"),
    person(given_name="Анна", phone="+7 916 123-45-14"),
    person(full_name="Анна и Саша Петровы", phone="+7 916 123-45-15"),
    person(email="nameless@example.com", messenger="telegram: @nameless_one"),
]  # fmt: skip


@pytest.fixture
def install(home: Path, monkeypatch: pytest.MonkeyPatch, begun: Callable[[str], Engine]):
    """A function that gives a new installation, its configuration and its store, and makes it the present one."""
    made: list[Engine] = []

    def make(language: str = "en") -> Engine:
        own = home / f"home{len(made)}"
        shutil.copytree(
            SHIPPED_CONFIG,
            own / "config",
            ignore=lambda folder, names: names if folder.endswith("sources") else [],
        )
        (own / "config" / "owners.toml").write_text(OWNER.format(language=language), encoding="utf-8")
        monkeypatch.setenv("LEADS_HOME", str(own))
        made.append(begun(reload().database_url))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


def configure(name: str, config: str) -> None:
    (settings().config_dir / "sources" / f"{name}.toml").write_text(config, encoding="utf-8")


def ingest(store: Engine, name: str) -> dict[str, int]:
    source = load_source(settings().config_dir, name)
    counted = stages.ingest(store, settings(), source, runs.start_run(store, "ingest", name, None))
    return {fate: count for fate, count in counted.items() if count}


def deliver(store: Engine, people: list[dict[str, str]], file: Path) -> dict[str, Path]:
    """Take these people in and hand them over; the files by their endings."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, [*FIELDS, "consent"], quoting=csv.QUOTE_ALL)
        table.writeheader()
        table.writerows({**told, "consent": "yes"} for told in people)
    named = "\n".join(f'"{field}" = "{field}"' for field in (*FIELDS, "consent"))
    configure("people", PEOPLE.format(file=file, columns=named))
    ingest(store, "people")
    return {path.suffix: path for path in handover.deliver(store, settings()).files}


def read_back(store: Engine, file: Path, language: str) -> dict[str, int]:
    configure("again", AGAIN.format(file=file, language=language))
    said = command("columns", "again", "--save")
    assert said.exit_code == 0, said.output
    return ingest(store, "again")


def command(*arguments: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    columns.register(app)
    return CliRunner().invoke(app, arguments)


def ask(store: Engine, sql: str) -> list[dict[str, object]]:
    with reading(store) as connection:
        return [dict(row) for row in connection.execute(text(sql)).mappings()]


def known(store: Engine, key: str) -> dict[str, object]:
    """What a store knows of its contacts and their points, by the id under which they were handed over."""
    found = ask(store, f"SELECT {key} AS key, c.* FROM contact c JOIN lead l ON l.contact_id = c.id")
    points = ask(store, f"""SELECT DISTINCT {key} AS key, p.type, p.value, p.display, p.kind, p.region
                            FROM contact_point p JOIN contact c ON c.id = p.contact_id
                            JOIN lead l ON l.contact_id = c.id""")  # fmt: skip
    return {
        str(row["key"]): [{field: row[field] for field in HANDED_OVER},
                          sorted(map(repr, (tuple(p.values()) for p in points if p["key"] == row["key"])))]
        for row in found
    }  # fmt: skip


def differences(before: dict[str, object], after: dict[str, object]) -> list[object]:
    return [(before[key], after.get(key)) for key in before if before[key] != after.get(key)]


@pytest.mark.parametrize(
    ("language", "ending"), [("ru", ".csv"), ("ru", ".xlsx"), ("hu", ".csv"), ("bs", ".xlsx")]
)
def test_a_delivery_comes_back_without_loss(install, tmp_path, language, ending):
    first = install(language)
    file = deliver(first, RICH, tmp_path / "people.csv")[ending]
    before = known(first, "c.public_id")
    assert len(before) == len(RICH)
    second = install(language)
    assert read_back(second, file, language) == {"created": len(RICH)}
    assert differences(before, known(second, "l.record_key")) == []
    assert ingest(second, "again") == {"duplicate": len(RICH)}


ONE = {column.rstrip("?"): "x" for column in sheets.BATCH} | {
    "name": "Anna Muster", "family_name": "Muster", "given_name": "Anna", "phone": "+491512345601", "language": "de",
    "other_phones": "+493023125001; +493023125002", "other_phones_use": "call: +493023125001; call: +493023125002",
    "email": "anna@example.com", "other_emails": "b@example.com; c@example.com", "country": "DE", "city": "Bonn",
    "messengers": "Telegram: @sample_one; WhatsApp: +491512345601", "reason": "New contact (2026-05-02)",
    "contact": "01a20263-059d-748f-9665-27bbf4bfa110", "company": "Example LLC",
}  # fmt: skip
READ_AS = {
    "name": "full_name", "other_phones": "phone", "other_phones_use": "ignore", "other_emails": "email",
    "messengers": "messenger", "contact": "external_id",
    **{field: field for field in ("phone", "email", *FIELDS[:2], *FIELDS[3:11])},
}  # fmt: skip


@pytest.mark.parametrize("language", list(Words.model_fields))
def test_the_columns_of_a_delivery_are_known_in_every_language(home, language):
    told = {"owner": "team", "reader": language, **ONE}
    batch = pd.DataFrame({name: schema.texts([told[name]]) for name in delivery.DELIVERY_ROWS.columns})
    steps = schema.empty(delivery.DELIVERY_NEXT_STEPS)
    for file in sheets.write(batch, steps, home, "s"):
        found = json.loads(command("columns", str(file), "--json").stdout)["columns"]
        read = {column["header"]: column["field"] for column in found}
        named = {name: headings().columns[name].in_(language) for name in ONE}
        assert read == {heading: READ_AS.get(name, "") for name, heading in named.items()}


def test_every_field_of_a_contact_is_handed_over_or_said_not_to_be(install):
    [contact] = ask(install(), "SELECT group_concat(name, '|') AS names FROM pragma_table_info('contact')")
    assert sorted(str(contact["names"]).split("|")) == sorted((*HANDED_OVER, *STAYS_WITH_US))


def test_what_is_read_back_permits_nothing(install, tmp_path):
    first = install()
    files = deliver(first, RICH[:3], tmp_path / "people.csv")
    second = install()
    read_back(second, files[".csv"], "en")
    handover.deliver(second, settings())
    assert ask(second, "SELECT count(*) AS n FROM delivery_item") == [{"n": 0}]
    assert ask(second, "SELECT DISTINCT kind FROM consent_history") == [{"kind": "notice_due"}]


LETTERS = st.characters(categories=["L"], include_characters=" -'’.")
# The casing of a name is repaired, so that one of a single letter may look shouted the second time.
WORD = st.text(LETTERS, min_size=2, max_size=12).map(str.title)
# Without digits and signs that could come to a phone or an e-mail, which a delivery hides in other texts.
ANY = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn", "Nd"], exclude_characters="@＠"), max_size=15
)
MOBILE = st.integers(1, 9_999_999).map("+7916{:07d}".format)
ACCOUNT = st.sampled_from(["telegram: @{}", "vk.com/{}", "skype: live:{}"])
HANDLE = st.text(st.sampled_from("abcxyz019_"), min_size=4, max_size=9).map("x{}y".format)


@st.composite
def somebody(draw: st.DrawFn, number: int = 0) -> dict[str, str]:
    """A contact who shares nothing with the others: `number` stands in each of their contact points."""
    phones = draw(st.lists(MOBILE, max_size=3, unique=True))
    mails = [f"{name}.{number}@example.com" for name in draw(st.lists(HANDLE, max_size=3, unique=True))]
    accounts = [
        draw(ACCOUNT).format(f"{name}{number}") for name in draw(st.lists(HANDLE, max_size=2, unique=True))
    ]
    told = {field: draw(ANY) for field in ("job", "city", "region", "tier")}
    return {
        **told, "family_name": draw(WORD), "given_name": draw(WORD), "company": draw(ANY), "country": "RU",
        "tags": "|".join(draw(st.lists(ANY.map(lambda tag: tag.replace("|", "")), max_size=3))),
        "language": draw(st.sampled_from(["ru", "en", "de", "hu", "ro", "bs"])),
        "phone": "; ".join(f"{phone[:-2]}{number:02d}" for phone in phones),
        "email": "; ".join(mails or [f"only.{number}@example.com"]), "messenger": "; ".join(accounts),
    }  # fmt: skip


anybody = st.tuples(*(somebody(number) for number in range(8)))
GENERATED = hypothesis_settings(
    deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)


@hypothesis_settings(GENERATED, max_examples=2)
@given(people=anybody)
def test_any_contact_comes_back(install, tmp_path, people):
    """Two eights of people, handed over and read back twice each; fifteen in the slow lane."""
    comes_back(install, tmp_path, people)


@pytest.mark.slow
@hypothesis_settings(GENERATED, max_examples=15)
@given(people=anybody)
def test_any_of_more_contacts_comes_back(install, tmp_path, people):
    comes_back(install, tmp_path, people)


def comes_back(install, tmp_path, people):
    first = install()
    files = deliver(first, list(people), tmp_path / "people.csv")
    before = known(first, "c.public_id")
    for file in files.values():
        second = install()
        read_back(second, file, "en")
        assert differences(before, known(second, "l.record_key")) == []


ODD = [
    ("=1+1", "00123", '"quoted" \'', "two\nlines", "😀 Ж", ""), ("'=1+1", "1e5", " spaces ", "a;b|c", "\u200bhidden", "x"),
    ("-1", "7.9E+10", "TRUE", "@cmd", "2026-05-03", "_x0041_"), ("", "12", "O'Sample", "＝1", "tab\there", "NULL"),
]  # fmt: skip


def test_rejected_rows_come_back_as_they_went_out(install, tmp_path, home):
    """Cells that a spreadsheet would change stay as they are through the workbook of `leads rejects`."""
    store, file = install(), tmp_path / "base.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("Name", "Phone", "A", "B", "C", "D"), *ODD])
    configure("again", AGAIN.format(file=file, language="en") + '[columns]\nName = "full_name"\nPhone = "phone"\n')
    assert ingest(store, "again") == {"quarantined": len(ODD)}
    [batch] = ask(store, "SELECT public_id FROM batch")
    with pytest.raises(typer.Exit):
        keep.rejects(str(batch["public_id"]), home / "rejects.xlsx", False)
    first = landed(str(batch["public_id"]))
    configure(
        "again",
        AGAIN.format(file=home / "rejects.xlsx", language="en")
        + '[columns]\nName = "full_name"\nPhone = "phone"\n',
    )
    assert ingest(store, "again") == {"quarantined": len(ODD)}
    [back] = set(landing.batches(settings().landing, "again")) - {batch["public_id"]}
    assert landed(back) == first


def landed(batch: str) -> list[list[str | None]]:
    """The cells of a batch as they lie in the landing."""
    manifest = landing.read_manifest(settings().landing, batch)
    cells = [manifest.headers.index(name) for name in ("Name", "Phone", "A", "B", "C", "D")]
    part = landing.read_part(settings().landing, manifest, 0)[[f"f{i}" for i in cells]]
    return [[None if pd.isna(cell) else str(cell) for cell in row] for row in part.to_numpy().tolist()]
