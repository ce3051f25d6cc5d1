"""Permission decisions per second: `consent.gate.decide` on a realistic mix, hours, registries and frequency included.

    .venv/bin/python bench/gate.py [contacts]      # 100,000 contacts, some 266,000 questions, unless said

People of eleven countries, half of them on mobiles that may ring in several time zones; a third has consented at a
moment of its own, others were bought, found, refused, withdrew, ordered or asked; some were contacted before, and some
stand on a register. Nothing is faked: the shipped packs decide, and the words are written for each answer. Beside it
the same questions one by one (`gate.judge`), on a sample, and the answers are compared.
"""

import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))

from consent import words
from consent.gate import Event, Known, Question, decide, judge
from consent.policy import load_packs
from leads import schema
from leads.clock import utc

AT = "2026-11-23T12:00:00.000000Z"
SAMPLE = 3_000
# Country, share, prefixes of fixed lines and of mobiles with the digits that follow, regions (ISO 3166-2).
COUNTRIES = (
    (
        "RU",
        30,
        ("7495", "7812", "7343", "7383"),
        ("7916", "7926", "7905"),
        7,
        ("RU-MOW", "RU-SVE", "RU-KAM", None),
    ),
    ("HU", 12, ("361", "3652"), ("3630", "3620"), 7, (None,)),
    ("RO", 10, ("4021", "40264"), ("4072", "4074"), 7, (None,)),
    ("DE", 12, ("4930", "4989"), ("49151", "49171"), 7, (None, "DE-BY")),
    ("HR", 6, ("3851",), ("38591",), 7, (None,)),
    ("RS", 6, ("38111",), ("38163",), 7, (None,)),
    ("BA", 6, ("38733",), ("38761",), 6, (None,)),
    ("FR", 5, ("331", "334"), ("336",), 8, (None,)),
    ("GB", 5, ("4420", "44161"), ("447",), 8, (None,)),
    ("US", 5, ("1212", "1415", "1214"), ("1305", "1800"), 7, ("US-NY", "US-CA", "US-TX", None)),
    ("CA", 3, ("1902", "1416"), ("1604",), 7, ("CA-ON", "CA-NS", None)),
)
KINDS = (("web_form", 30), ("purchased_base", 40), ("event", 12), ("listing", 12), ("listing|web_form", 6))
AUDIENCES = (("consumer", 55), ("business", 35), ("sole_trader", 10))
REGISTERS = {"HU": "hu-directory", "HR": "hr-ne-zovi", "GB": "gb-tps", "US": "us-dnc", "CA": "ca-dncl"}
CHANNELS = {"phone": ("call", "sms"), "email": ("email",)}

Row = dict[str, str | None]


def pick(chance: random.Random, shares: tuple[tuple[str, int], ...]) -> str:
    return chance.choices([value for value, _ in shares], [share for _, share in shares])[0]


def moment(chance: random.Random, days: int) -> str:
    return utc(datetime(2026, 11, 23, tzinfo=UTC) - timedelta(seconds=chance.randrange(days * 86_400)))


def person(chance: random.Random, i: int) -> list[Row]:
    """The questions about one contact: a phone by call and SMS, for two in three an e-mail too."""
    country, _, fixed, mobile, digits, regions = chance.choices(COUNTRIES, [c[1] for c in COUNTRIES])[0]
    is_mobile = chance.random() < 0.6
    prefix = chance.choice(mobile if is_mobile else fixed)
    kind = "mobile" if is_mobile else "fixed_line"
    if country in ("US", "CA"):
        kind = "toll_free" if prefix == "1800" else "fixed_line_or_mobile"
    region = chance.choice(regions)
    about = {
        "contact": f"c{i:07}", "purpose": "service" if chance.random() < 0.1 else "marketing",
        "jurisdictions": country, "audience": pick(chance, AUDIENCES), "source_kinds": pick(chance, KINDS),
        "country": country if region else None, "region_code": region,
        "customer_at": moment(chance, 1_000) if chance.random() < 0.15 else None,
        "enquired_at": moment(chance, 400) if chance.random() < 0.2 else None,
    }  # fmt: skip
    points = [("phone", f"+{prefix}{i % 10**digits:0{digits}}", kind)]
    if chance.random() < 0.66:
        points.append(("email", f"person{i}@example.com", "free"))
    return [
        {**about, "type": type_, "value": value, "kind": line, "channel": channel}
        for type_, value, line in points
        for channel in CHANNELS[type_]
    ]


def said(chance: random.Random, row: Row) -> list[Row]:
    """What the ledger holds of a contact point on one channel."""
    base = {"type": row["type"], "value": row["value"], "channel": row["channel"], "purpose": row["purpose"]}
    form = {**base, "actor": "subject", "source_kind": "web_form", "source": "form", "notice_version": "v1"}
    events: list[Row] = []
    if "purchased_base" in str(row["source_kinds"]):
        events.append({**base, "kind": "imported_claim", "actor": "broker", "source": "base",
                       "source_kind": "purchased_base", "method": "import",
                       "event_time": moment(chance, 300), "notice_version": None})  # fmt: skip
    if chance.random() < 0.33:
        method = pick(chance, (("checkbox", 80), ("double opt-in", 15), ("oral", 5)))
        given = {**form, "kind": "given", "method": method, "event_time": moment(chance, 1_000)}
        events.append(given)
        if chance.random() < 0.12:
            events.append({**form, "kind": "withdrawn", "method": "form", "event_time": moment(chance, 200)})
    elif chance.random() < 0.05:
        events.append({**form, "kind": "refused", "method": "form", "event_time": moment(chance, 600)})
    return events


def frame(declared: object, rows: list[Row], **more: object) -> pd.DataFrame:
    plain = {name: column.dtype.type for name, column in declared.columns.items()}  # type: ignore[attr-defined]
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=kind) for name, kind in plain.items()}
    )


def world(contacts: int) -> tuple[list[Row], list[Row], Known]:
    chance = random.Random(6)
    asked = [row for i in range(contacts) for row in person(chance, i)]
    ledger = [event for row in asked for event in said(chance, row)]
    plain = {
        "controller": "us", "basis": "consent", "recorded_time": AT, "evidence_ref": "b#1",
    }  # fmt: skip
    ledger = [{**plain, **event, "seq": i, "event_id": f"e{i}"} for i, event in enumerate(ledger)]  # type: ignore
    listed = [
        {"type": "phone", "value": row["value"], "registry": REGISTERS[str(row["jurisdictions"])]}
        for row in asked
        if row["channel"] == "call" and row["jurisdictions"] in REGISTERS and chance.random() < 0.15
    ]
    contacted = [
        {"contact": row["contact"], "channel": row["channel"], "at": moment(chance, 40)}
        for row in asked
        for _ in range(chance.choice((0, 0, 0, 1, 4)))
    ]
    known = Known(
        snapshots=dict.fromkeys((*REGISTERS.values(), "gb-ctps"), "2026-11-20T00:00:00.000000Z"),
        listed=frame(schema.LISTED, listed),
        contacted=frame(schema.CONTACTED, contacted),
        promised=frame(schema.PROMISED, [{"source": "form", "notice_version": "v1", "frequency": "4/P1M"}]),
    )
    return asked, ledger, known


def one_by_one(
    asked: list[Row], ledger: list[Row], known: Known, packs: object
) -> tuple[float, list[tuple[str, str]]]:
    """Seconds for a sample asked singly, and its answers."""
    events: dict[tuple[object, object], list[Event]] = {}
    for event in ledger:
        told = Event(*(event.get(name) for name in Event._fields))  # type: ignore[arg-type]
        events.setdefault((event["type"], event["value"]), []).append(told)
    listed = {(row["value"], row["registry"]) for row in known.listed.to_dict("records")}  # type: ignore[union-attr]
    made: dict[tuple[object, object], list[str]] = {}
    for row in known.contacted.to_dict("records"):  # type: ignore[union-attr]
        made.setdefault((row["contact"], row["channel"]), []).append(row["at"])
    began, found = time.perf_counter(), []
    for row in asked:
        question = Question(
            str(row["channel"]), str(row["purpose"]), (str(row["jurisdictions"]),), str(row["audience"]),
            sources=tuple(str(row["source_kinds"]).split("|")), number=row["value"] if row["type"] == "phone" else None,
            kind=row["kind"], country=row["country"], region=row["region_code"], customer_at=row["customer_at"],
            enquired_at=row["enquired_at"],
            listed=tuple(name for name in known.snapshots if (row["value"], name) in listed),
            snapshots=tuple(known.snapshots.items()),
            contacted=tuple(made.get((row["contact"], row["channel"]), ())), promises=((("form", "v1"), "4/P1M"),),
        )  # fmt: skip
        answer = judge(question, events.get((row["type"], row["value"]), []), packs, AT)  # type: ignore[arg-type]
        found.append((answer.verdict, words.reason(answer.reason, answer.parameters, "ru")))
    return time.perf_counter() - began, found


def main() -> None:
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    packs = load_packs(Path(__file__).parent.parent / "config" / "policy")
    asked, ledger, known = world(contacts)
    frames = frame(schema.ASKED, asked), frame(schema.HISTORY, ledger)
    decide(frames[0].head(100), frames[1].head(100), packs, AT, "ru", known)  # the libraries are loaded
    began, worked = time.perf_counter(), time.process_time()
    made = decide(*frames, packs, AT, "ru", known)
    took, worked = time.perf_counter() - began, time.process_time() - worked
    singly, answers = one_by_one(asked[:SAMPLE], ledger, known, packs)
    same = answers == list(made[["verdict", "reason"]].head(SAMPLE).itertuples(index=False, name=None))
    reasons = made.assign(n=1).groupby(["verdict", "rule"])["n"].sum().sort_values(ascending=False)
    print(f"{len(made):,} questions about {contacts:,} contacts, {len(ledger):,} events")
    print(f"{took:.2f} s, {worked:.2f} s of processor time on all cores together")
    rates = len(made) / took, len(answers) / singly
    print(f"{rates[0]:,.0f} decisions/s in sets; {rates[1]:,.0f} one by one, the same answers: {same}")
    print(f"allowed {(made['verdict'] == 'allow').mean():.1%}; {len(reasons)} rules decided, most often:")
    print(reasons.head(8).to_string())
    if not same:
        sys.exit(1)


if __name__ == "__main__":
    main()
