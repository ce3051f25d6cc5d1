"""Mail domains, each distinct one once: plain host names by a pattern, every other one by email-validator."""

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from email_validator import SPECIAL_USE_DOMAIN_NAMES
from email_validator.rfc_constants import DNS_LABEL_LENGTH_LIMIT

from enrich.emails.mailboxes import all_rules, domain_kind, known_kinds, provider_rules
from enrich.emails.reader import MISSPELT, Domain, read_domain
from enrich.emails.slips import meant_domain, misspelt_domains

# In small letters, in RE2's syntax. No longer than a label may be, so that the labels need not be counted out.
LABEL = r"[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?"
HOST = rf"^(?:{LABEL}\.)+{LABEL}$"
# No top-level domain ends in a digit; two hyphens after two letters are Punycode, or none: the library decides.
UNSURE = r"[0-9]$|(?:^|\.)[^.][^.]--|(?:^|\.)(?:" + "|".join(SPECIAL_USE_DOMAIN_NAMES) + ")$"
# `value` and `display` are what follows the local part; `longest` is in bytes: as spelled, as shown or in ASCII.
READ = pa.schema([
    ("value", pa.string()), ("display", pa.string()), ("kind", pa.string()), ("flag", pa.string()),
    ("longest", pa.int32()), ("rules", pa.int8()),
])  # fmt: skip


def read_domains(spelled: pa.Array) -> pa.RecordBatch:
    """What stands behind the @ of ASCII addresses; see `READ`."""
    names = pc.ascii_lower(spelled)
    sure = pc.less_equal(pc.binary_length(names), DNS_LABEL_LENGTH_LIMIT)
    sure = pc.and_not(sure, pc.match_substring_regex(names, UNSURE))
    plain = pc.and_(sure, pc.match_substring_regex(names, HOST)).to_numpy(zero_copy_only=False)
    single = pc.and_(sure, pc.match_substring_regex(names, f"^{LABEL}$")).to_numpy(zero_copy_only=False)
    parts = [np.flatnonzero(rows) for rows in (plain, single, ~(plain | single))]
    hosts, labels, others = (pa.array(rows) for rows in parts)
    both = [_hosts(names.take(hosts)), _single(names.take(labels)), _others(spelled.take(others))]
    return pa.concat_batches(both).take(pa.array(np.argsort(np.concatenate(parts))))


def _single(names: pa.Array) -> pa.RecordBatch:
    """Plain labels with no other beside them."""
    none = pa.nulls(len(names), pa.string())
    flags = pa.array(["domain without dot"] * len(names), pa.string())
    return _columns(none, none, none, flags, pc.binary_length(names), np.zeros(len(names), np.int8))


def _hosts(names: pa.Array) -> pa.RecordBatch:
    """Plain host names in small letters, all of them valid; most are a company's, of which nothing is known."""
    texts, notable = names.to_pylist(), _notable()
    # What is below another domain may be below a known one.
    below = np.flatnonzero(pc.greater(pc.count_substring(names, "."), 1).to_numpy(zero_copy_only=False))
    rows = {*below.tolist(), *(row for row, name in enumerate(texts) if name in notable)}
    kinds: list[str] = ["corporate"] * len(texts)
    doubts: list[str | None] = [None] * len(texts)
    rules = np.zeros(len(texts), np.int8)
    for row in rows:
        domain = texts[row]
        kinds[row], rules[row] = domain_kind(domain), provider_rules().get(domain, 0)
        if meant := meant_domain(domain):
            doubts[row] = MISSPELT + meant
    return _columns(names, names, pa.array(kinds), pa.array(doubts, pa.string()), pc.binary_length(names), rules)


def _others(spelled: pa.Array) -> pa.RecordBatch:
    domains = [read_domain(text) for text in spelled.to_pylist()]
    shown, names, faults, kinds, doubts = (
        pa.array([domain[field] for domain in domains], pa.string()) for field in range(len(Domain._fields))
    )
    longest = pc.max_element_wise(*map(pc.binary_length, (spelled, shown, names)))
    rules = np.array([provider_rules().get(domain.ascii or "", 0) for domain in domains], np.int8)
    return _columns(shown, names, kinds, pc.coalesce(faults, doubts), longest, rules)


def _columns(
    shown: pa.Array, names: pa.Array, kinds: pa.Array, flags: pa.Array, longest: pa.Array, rules: np.ndarray
) -> pa.RecordBatch:
    canonical = pa.array([one.canonical for one in all_rules()], pa.string()).take(pa.array(rules))
    keys = pc.coalesce(canonical, names)
    behind = (pc.binary_join_element_wise("@", forms, "") for forms in (keys, shown))
    return pa.record_batch([*behind, kinds, flags, longest, pa.array(rules)], schema=READ)


@cache
def _notable() -> frozenset[str]:
    return frozenset(known_kinds()) | frozenset(misspelt_domains())
