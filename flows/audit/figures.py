"""The figures of a base: rows, fields, phones, e-mails, and how many of its people are new.

The figures are plain numbers, texts and lists, as they go into JSON. Of people they hold counts alone: no phone,
no name, of an e-mail at most its domain.
"""

from pathlib import Path
from typing import Any

from enrich.emails.reader import MISSPELT
from flows.audit.collected import Collected
from flows.audit.offer import Column
from leads.schema import FATES
from leads.source import FIELDS, Source
from sources.headers import folded
from store.landing import Manifest

# A lead is usable if it has a usable contact point that is not suppressed: it is in the store, or was already.
USABLE = ("created", "merged", "superseded", "duplicate")

PHONES = """
    SELECT count(*) AS stated, count(*) FILTER (usable) AS valid, count(DISTINCT value) FILTER (usable) AS different,
           count(*) FILTER (usable AND kind IN ('mobile', 'fixed_line_or_mobile')) AS mobile,
           count(*) FILTER (usable AND kind = 'fixed_line') AS landline,
           count(*) FILTER (usable AND kind NOT IN ('mobile', 'fixed_line_or_mobile', 'fixed_line')) AS other,
           count(*) FILTER (usable AND region <> $1 AND $1 <> 'ZZ') AS "foreign",
           count(*) FILTER (usable AND flag LIKE 'repaired%') AS repaired
    FROM point WHERE type = 'phone'"""
EMAILS = """
    SELECT count(*) AS stated, count(*) FILTER (usable) AS valid, count(DISTINCT value) FILTER (usable) AS different,
           count(*) FILTER (usable AND kind = 'corporate') AS corporate,
           count(*) FILTER (usable AND kind = 'free') AS free, count(*) FILTER (usable AND kind = 'role') AS role,
           count(*) FILTER (usable AND kind = 'disposable') AS disposable
    FROM point WHERE type = 'email'"""
SET_ASIDE = """
    SELECT coalesce(flag, 'not read') AS reason, count(*) AS points FROM point
    WHERE type = ? AND NOT usable GROUP BY 1 ORDER BY 2 DESC, 1"""
# Flagged by enrich.emails.reader, with the domain that was meant.
MISSPELT_DOMAINS = """
    SELECT split_part(value, '@', 2) AS domain, substr(flag, length($1) + 1) AS meant, count(*) AS emails
    FROM point WHERE type = 'email' AND starts_with(flag, $1) GROUP BY 1, 2 ORDER BY 3 DESC, 1"""
PEOPLE = """
    SELECT count(DISTINCT contact_id) FILTER (own) AS contacts,
           count(DISTINCT contact_id) FILTER (own AND NOT known) AS new,
           count(*) FILTER (own AND known) + count(*) FILTER (fate = 'duplicate' AND NOT own) AS known,
           count(*) FILTER (own AND NOT known) - count(DISTINCT contact_id) FILTER (own AND NOT known) AS inside,
           count(*) FILTER (fate IN ('created', 'merged', 'superseded', 'duplicate')) AS usable,
           count(*) FILTER (fate = 'suppressed') AS suppressed
    FROM fate"""
REASONS = (
    "SELECT fate, reason, count(*) AS rows FROM fate WHERE reason IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
)


def figures(base: Collected, manifest: Manifest, columns: list[Column]) -> dict[str, Any]:
    """`file`, `rows`, `fates`, `set_aside`, `columns`, `fields`, `phones`, `emails` and `people` of a base."""
    fates = dict.fromkeys(FATES, 0)
    fates |= {row["fate"]: row["n"] for row in base.rows("SELECT fate, count(*) AS n FROM fate GROUP BY 1")}
    reasons = base.rows(REASONS)
    return {
        "base": _base(base.source, manifest),
        "rows": _rows(manifest, fates, reasons),
        "fates": fates,
        "set_aside": reasons,
        "columns": _columns(base, manifest, columns),
        "fields": _fields(base, manifest.records),
        "phones": _phones(base),
        "emails": _emails(base),
        "people": base.row(PEOPLE),
    }  # fmt: skip


def _base(source: Source, manifest: Manifest) -> dict[str, str]:
    """Which file it is, and as what it was read."""
    return {"title": source.title, "file": Path(source.pull["file"]).name, "source": source.name,
            "region": source.region, "language": source.language, "sha256": manifest.sha256}  # fmt: skip


def share(part: int, whole: int) -> float:
    """`part` of `whole`, rounded as it is shown; 0 of nothing."""
    return round(part / whole, 4) if whole else 0.0


def _rows(manifest: Manifest, fates: dict[str, int], reasons: list[dict[str, Any]]) -> dict[str, Any]:
    unreadable = sum(row["rows"] for row in reasons if row["reason"].startswith("unreadable"))
    records = manifest.rows - fates["not_a_record"]
    usable = sum(fates[fate] for fate in USABLE)
    return {"received": manifest.rows, "declared": manifest.declared, "records": records,
            "readable": records - unreadable, "usable_share": share(usable, records)}  # fmt: skip


def _columns(base: Collected, manifest: Manifest, columns: list[Column]) -> list[dict[str, Any]]:
    """Each column of the file in its order: where it leads, how sure that is, and how often it is filled."""
    known = {folded(column.header): column for column in columns}
    found = []
    for place, header in enumerate(manifest.headers):
        column = known.get(folded(header), Column(header, "", 1.0, "not mapped"))
        filled = base.columns.get(place, 0)
        found.append(
            {"header": header, "field": column.target, "confidence": round(column.confidence, 2), "why": column.why,
             "filled": filled, "share": share(filled, manifest.records)}
        )  # fmt: skip
    return found


def _fields(base: Collected, records: int) -> list[dict[str, Any]]:
    """The fields that the file has a column for, in our order: of how many records each is filled."""
    mapped = set(base.source.fields.values())
    return [
        {"field": field, "filled": base.fields.get(field, 0), "share": share(base.fields.get(field, 0), records)}
        for field in FIELDS
        if field in mapped
    ]


def _phones(base: Collected) -> dict[str, Any]:
    return {**base.row(PHONES, base.source.region), "set_aside": base.rows(SET_ASIDE, "phone")}


def _emails(base: Collected) -> dict[str, Any]:
    found = base.rows(MISSPELT_DOMAINS, MISSPELT)
    counted = {**base.row(EMAILS), "misspelt": sum(row["emails"] for row in found)}
    return {**counted, "misspelt_domains": found[:20], "set_aside": base.rows(SET_ASIDE, "email")}
