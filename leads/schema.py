"""The frames that pass between the stages, column by column.

Frames are pandas with Arrow-backed columns. Every stage declares what it takes and gives with `check`.
Moments are UTC text (see `leads.clock`); ids between stages are the public ones, integers stay in the store.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow

from leads.errors import LeadsError
from leads.source import CLAIM_FIELDS, FIELDS, LABELLED

TEXT = pd.ArrowDtype(pyarrow.string())
INT = pd.ArrowDtype(pyarrow.int64())
BOOL = pd.ArrowDtype(pyarrow.bool_())

# A source's own columns are named by position; their headers stand in the batch's manifest.
CELL = r"^f\d+$"


def _schema(name: str, columns: Mapping[str, Any], **extra: Any) -> pa.DataFrameSchema:
    """`columns`: name -> dtype, or (dtype, check …); a name with `?` at its end may hold nulls."""
    fields: dict[str, pa.Column] = {}
    for key, spec in columns.items():
        dtype, *checks = spec if isinstance(spec, tuple) else (spec,)
        fields[key.rstrip("?")] = pa.Column(dtype, checks=checks, nullable=key.endswith("?"))
    for key, dtype in extra.items():
        fields[key] = pa.Column(dtype, nullable=True, regex=True, required=False)
    return pa.DataFrameSchema(fields, name=name, strict=True, ordered=False)


# What the landing holds: rows as received. `note` says why a row is no record (blank, header, totals, …).
LANDED = _schema(
    "LANDED",
    {
        "row": INT,
        "record_key": TEXT,
        "content": TEXT,
        "occurred_at?": TEXT,
        "source_uri?": TEXT,
        "note?": TEXT,
    },
    **{CELL: TEXT},
)

# The same rows, one per lead, under our field names, still as written. `part` counts leads within a row. Where the
# source labels contact points, `phone_labels` says of each line of `phone` under which label it stands.
STATED = _schema(
    "STATED",
    {
        "lead_id": TEXT, "row": INT, "part": INT, "record_key": TEXT,
        "occurred_at?": TEXT, "source_uri?": TEXT,
        **{f"{field}?": TEXT for field in FIELDS},
        **{f"{field}_labels?": TEXT for field in LABELLED},
        "attributes?": TEXT,
    },
)  # fmt: skip

# The normalised reading of each lead. `*_key` are transliterated, folded forms to compare names by; `birthday` is
# `1985-03-07`, or `--03-07` without its year; `responsible` who looks after the lead at the source; `attributes` is
# a JSON object of what the source said and we have no field for; `flags` a `|`-list. `gender` is `female` or `male`;
# `registrations` a `|`-list such as `RU-INN:7707083893`; `domain` the registrable one of the website or the corporate
# e-mail; `region_code` of ISO 3166-2; `street` and `house` are out of `address`, which stays as stated; `ordered_on` a
# day, `amount` a decimal number as text.
LEADS = _schema(
    "LEADS",
    {
        "lead_id": TEXT, "row": INT, "part": INT, "record_key": TEXT,
        "occurred_at?": TEXT, "source_uri?": TEXT,
        "kind": (TEXT, pa.Check.isin(["person", "organisation"])),
        "name_text?": TEXT, "family_name?": TEXT, "given_name?": TEXT, "patronymic?": TEXT,
        "company?": TEXT, "company_form?": TEXT, "job?": TEXT,
        "country?": TEXT, "region?": TEXT, "city?": TEXT, "address?": TEXT, "postcode?": TEXT,
        "legal_address?": TEXT, "postal_address?": TEXT, "delivery_address?": TEXT,
        "birthday?": TEXT, "external_id?": TEXT, "responsible?": TEXT,
        "website?": TEXT, "language?": TEXT, "tier?": TEXT, "tags?": TEXT, "request?": TEXT,
        "consent?": TEXT, "attributes?": TEXT, "flags?": TEXT,
        "title?": TEXT, "gender?": TEXT, "registrations?": TEXT, "domain?": TEXT,
        "region_code?": TEXT, "street?": TEXT, "house?": TEXT,
        "ordered_on?": TEXT, "amount?": TEXT, "currency?": TEXT,
        "family_key?": TEXT, "given_key?": TEXT, "company_key?": TEXT,
    },
)  # fmt: skip

# The contact points the leads state, one row each. `value` is the canonical key (E.164; folded address; for a
# messenger `telegram:name` or `whatsapp:+…`, and `kind` is the service) and null where `text` could not be read;
# `label` is what the point is for (leads.source.LABELS); `usable` is what delivery may use; `flag` says why it is not.
POINTS = _schema(
    "POINTS",
    {
        "lead_id": TEXT, "slot": INT, "type": (TEXT, pa.Check.isin(["phone", "email", "messenger"])),
        "text": TEXT, "value?": TEXT, "display?": TEXT, "kind?": TEXT, "label?": TEXT, "region?": TEXT, "ext?": TEXT,
        "valid": BOOL, "usable": BOOL, "flag?": TEXT,
    },
)  # fmt: skip

# What the store knows about the values of a chunk: one row per value and contact that has it.
CANDIDATES = _schema(
    "CANDIDATES",
    {
        "type": TEXT, "value": TEXT, "contact": TEXT, "lead_id": TEXT, "kind": TEXT,
        "family_key?": TEXT, "given_key?": TEXT, "company_key?": TEXT,
        "birthday?": TEXT, "gender?": TEXT, "registrations?": TEXT,
    },
)  # fmt: skip

# Which contact (public id) each lead belongs to; `created` on the one lead that made it.
ASSIGNED = _schema("ASSIGNED", {"lead_id": TEXT, "contact": TEXT, "created": BOOL})

# Match decisions: this lead is (`same`), is not (`different`) or may be (`unsure`) who that lead is; `because` says
# what each piece of evidence weighed where a model decided.
LINKS = _schema(
    "LINKS",
    {
        "lead_id": TEXT, "other_lead_id": TEXT,
        "verdict": (TEXT, pa.Check.isin(["same", "different", "unsure"])), "rule": TEXT, "because?": TEXT,
    },
)  # fmt: skip

# A lead as it is compared with others, every text folded: phones, e-mails, profiles one to a line; `root` the names
# that the given one may be a pet form of, `father` what a patronymic is made of, `birthday` eight digits, `offices`
# those of its values that are nobody's own.
READINGS = _schema(
    "READINGS",
    {
        "lead_id": TEXT, "kind": TEXT, "family?": TEXT, "given?": TEXT, "root?": TEXT, "father?": TEXT,
        "birthday?": TEXT, "gender?": TEXT, "registrations?": TEXT, "company?": TEXT, "city?": TEXT, "street?": TEXT,
        "house?": TEXT, "domain?": TEXT, "phone?": TEXT, "email?": TEXT, "profile?": TEXT, "offices?": TEXT,
    },
)  # fmt: skip

# Known contacts that turned out to be one: `loser` resolves to `survivor` for ever.
MERGES = _schema("MERGES", {"survivor": TEXT, "loser": TEXT, "lead_id": TEXT})

# Known contacts that are not one, for a person said so: each pair once, in the order of their ids.
APART = _schema("APART", {"contact": TEXT, "other": TEXT})

# Every live lead of the touched contacts, with what survivorship ranks by.
CLAIMS = _schema(
    "CLAIMS",
    {
        "contact": TEXT, "lead_id": TEXT, "kind": TEXT, "edited": BOOL, "trust": INT, "stated_at": TEXT, "row": INT,
        **{f"{field}?": TEXT for field in CLAIM_FIELDS},
        "tags?": TEXT, "family_key?": TEXT, "given_key?": TEXT, "company_key?": TEXT,
    },
)  # fmt: skip

# Contacts as their claims make them; `claims` is a JSON object field -> lead id that won it, of those fields that are
# not from the contact's first lead.
CONTACTS = _schema(
    "CONTACTS",
    {
        "contact": TEXT, "kind": TEXT, **{f"{field}?": TEXT for field in CLAIM_FIELDS}, "tags?": TEXT,
        "family_key?": TEXT, "given_key?": TEXT, "company_key?": TEXT,
        "claims": TEXT, "first_lead_id": TEXT, "first_seen": TEXT, "last_seen": TEXT,
    },
)  # fmt: skip

# Consent events, in two frames as the ledger appends them: TERMS say what was said to whom and where (a few per chunk;
# of `channels` and `purposes`, `|`-lists, every one of the first for every one of the second), EVENTS of which contact
# point of which lead, under which `terms`; an act that no batch brought has neither lead nor row. No `event_time`: the
# moment we `obtained` it.
EVENT_KINDS = (
    "given", "renewed", "refused", "withdrawn", "expired", "invalidated", "notice_sent", "notice_due",
    "objected", "erased", "imported_claim",
)  # fmt: skip
_SAID: dict[str, Any] = {
    "kind": (TEXT, pa.Check.isin(EVENT_KINDS)),
    "controller": TEXT, "basis": TEXT, "valid_until?": TEXT, "actor": TEXT, "method": TEXT,
    "notice_version?": TEXT, "notice_sha256?": TEXT, "notice_language?": TEXT,
    "source": TEXT, "source_kind": TEXT, "collectors?": TEXT,
}  # fmt: skip
TERMS = _schema(
    "TERMS",
    {"terms": INT, "type": TEXT, "channels": TEXT, "purposes": TEXT, "obtained": TEXT, "evidence": TEXT, **_SAID},
)
EVENTS = _schema(
    "EVENTS",
    {"lead_id?": TEXT, "value": TEXT, "terms": INT, "jurisdiction?": TEXT, "event_time?": TEXT, "row?": INT},
)

# The ledger as it is read, one row per event, channel and purpose (names after ISO/IEC TS 27560); `event_id` is its
# place in the ledger.
HISTORY = _schema(
    "HISTORY",
    {
        "seq": INT, "event_id": TEXT, "lead_id?": TEXT, "type": TEXT, "value": TEXT, "channel": TEXT, "purpose": TEXT,
        "jurisdiction?": TEXT, "event_time": TEXT, "recorded_time": TEXT, "evidence_ref": TEXT, **_SAID,
    },
)  # fmt: skip

# What the gate is asked and what it answers, one row per contact point and channel. `kind` is the point's, `country`
# and `region_code` are of the postal address; `customer_at` and `enquired_at` the last order and enquiry. A decision
# holds until `valid_until`, within `hours` (local) in all of `zones` (`|`-joined).
ASKED = _schema(
    "ASKED",
    {
        "contact": TEXT, "type": TEXT, "value": TEXT, "channel": TEXT, "purpose": TEXT,
        "jurisdictions": TEXT, "audience": TEXT, "kind?": TEXT, "source_kinds?": TEXT,
        "country?": TEXT, "region_code?": TEXT, "customer_at?": TEXT, "enquired_at?": TEXT,
    },
)  # fmt: skip
DECISIONS = _schema(
    "DECISIONS",
    {
        "contact": TEXT, "type": TEXT, "value": TEXT, "channel": TEXT, "purpose": TEXT,
        "verdict": (TEXT, pa.Check.isin(["allow", "deny"])), "rule": TEXT, "pack": TEXT, "reason": TEXT,
        "evidence?": TEXT, "mend?": TEXT, "review": TEXT,
        "valid_until?": TEXT, "hours?": TEXT, "zones?": TEXT,
    },
)  # fmt: skip

# What the gate knows besides the ledger, each in a frame of its own: whom a registry (its copy of `as_of`) lists, when
# a person was contacted before, and how often a source promised to come (`2/P1M`) under a version of its consent text.
LISTED = _schema("LISTED", {"type": TEXT, "value": TEXT, "registry": TEXT})
CONTACTED = _schema("CONTACTED", {"contact": TEXT, "channel": TEXT, "at": TEXT})
PROMISED = _schema("PROMISED", {"source": TEXT, "notice_version?": TEXT, "frequency": TEXT})

# A contact as sales see it: lists are `|`-joined and sorted; `source_regions` are the countries its sources are
# about; `notice_due` the earliest open Art. 14 deadline; `customer_at` and `enquired_at` their last order and enquiry.
CARDS = _schema(
    "CARDS",
    {
        "contact": TEXT, "kind": TEXT, "name?": TEXT, "given_name?": TEXT, "family_name?": TEXT,
        "company?": TEXT, "job?": TEXT, "country?": TEXT, "region?": TEXT, "city?": TEXT, "language?": TEXT,
        "tier?": TEXT, "tags?": TEXT, "sources": TEXT, "source_kinds": TEXT, "source_regions": TEXT,
        "audience": TEXT, "request?": TEXT,
        "first_seen": TEXT, "last_seen": TEXT, "notice_due?": TEXT,
        "region_code?": TEXT, "customer_at?": TEXT, "enquired_at?": TEXT,
    },
)  # fmt: skip
CARD_POINTS = _schema(
    "CARD_POINTS",
    {"contact": TEXT, "type": TEXT, "value": TEXT, "display": TEXT, "kind?": TEXT, "region?": TEXT},
)

# Why a contact is handed over: `first`, or `answer:<lead id>` for a new act of a known person.
REASONS = _schema("REASONS", {"contact": TEXT, "reason": TEXT, "lead_id": TEXT, "source": TEXT, "at": TEXT})
ASSIGNMENTS = _schema("ASSIGNMENTS", {"contact": TEXT, "owner": TEXT, "why": TEXT})

# The end of every row received (promise P1), and of every lead where a row holds several people.
FATES = ("created", "merged", "duplicate", "superseded", "suppressed", "quarantined", "not_a_record")
FATE = _schema(
    "FATE",
    {
        "row": INT, "part": INT, "fate": (TEXT, pa.Check.isin(FATES)), "reason?": TEXT,
        "record_key": TEXT, "lead_id?": TEXT,
    },
)  # fmt: skip


def check(schema: pa.DataFrameSchema, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` if it is as `schema` says; else LeadsError with column, check, count and row positions.

    pandera's own message prints the values, which may be personal, so it is never passed on. What is as it should be is
    seen without it: on a frame of few rows pandera takes milliseconds, a load of four rows checks nineteen.
    """
    if _as_declared(schema, frame):
        return frame.copy(deep=False)
    try:
        return schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        first = cases.iloc[0]
        same = cases[(cases["column"] == first["column"]) & (cases["check"] == first["check"])]
        rows = ", ".join(str(i) for i in same["index"].head(5) if pd.notna(i)) or "all"
        column = first["column"] if first["schema_context"] == "Column" else first["failure_case"]
        raise LeadsError(
            f"column '{column}' fails {first['check']} in {len(same)} row(s), positions {rows}",
            where=f"frame {schema.name}",
            do="This is a fault of the stage that made it, not of the data",
        ) from None


def _as_declared(schema: pa.DataFrameSchema, frame: pd.DataFrame) -> bool:
    """Whether pandera would surely let the frame pass: of what it knows, only what our schemas say is looked at."""
    if schema.strict is not True or any(
        (schema.checks, schema.index, schema.unique, schema.coerce, schema.parsers)
    ):
        return False
    plain = {name for name, column in schema.columns.items() if not column.regex}
    patterns = [column for column in schema.columns.values() if column.regex]
    if not frame.columns.is_unique or not plain.issubset(frame.columns):
        return False
    for name, values in frame.items():
        if name in plain:
            column = schema.columns[name]
        elif (column := next((one for one in patterns if re.match(one.name, str(name))), None)) is None:
            return False
        if values.dtype != column.dtype.type or column.unique or not (column.nullable or not values.hasnans):
            return False
        if not all(one(values).check_passed for one in column.checks):
            return False
    return True


def empty(schema: pa.DataFrameSchema) -> pd.DataFrame:
    """A frame of the schema's columns without rows."""
    plain = {name: column for name, column in schema.columns.items() if not column.regex}
    return pd.DataFrame({name: pd.Series([], dtype=column.dtype.type) for name, column in plain.items()})


def texts(values: Iterable[str | None]) -> pd.Series:
    """A column of text from Python strings."""
    return pd.Series(pd.array(list(values), dtype=TEXT))


def arrow(frame: pyarrow.Table) -> pd.DataFrame:
    """An Arrow table as pandas with Arrow-backed columns, large strings folded to strings."""
    if any(pyarrow.types.is_large_string(field.type) for field in frame.schema):
        target = [
            field.with_type(pyarrow.string()) if pyarrow.types.is_large_string(field.type) else field
            for field in frame.schema
        ]
        frame = frame.cast(pyarrow.schema(target))
    # Columns stay where they lie: there is nothing for threads to do.
    return frame.to_pandas(types_mapper=pd.ArrowDtype, use_threads=False)
