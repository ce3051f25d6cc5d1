"""Many e-mail addresses at once: plain spellings in columns, every other one by `emails.reader`.

What is read here is what `read_address` says of each, in every field; where that is not certain, it is asked itself.
The steps pass record batches with the columns `row` and `text`, and leave out the rows they are not sure of.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from enrich.distinct import one_by_one
from enrich.emails.domains import read_domains
from enrich.emails.mailboxes import Rules, all_rules, role_pattern
from enrich.emails.reader import MAX_LENGTH, TOO_LONG, Address, read_address, read_domain
from enrich.emails.spellings import ADDRESS, ATEXT, NO_ADDRESS, SIMPLE, bare, mended

READ = pa.schema([("row", pa.int64()), *((field, pa.string()) for field in Address._fields)])
NONE = pa.scalar(None, pa.string())
MISPLACED_DOT = r"^\.|\.\.|\.$"
# The same in a domain, of hyphens as well.
MISPLACED = r"^[.\-]|[.\-]$|\.[.\-]|-\."


def read_addresses(texts: pa.RecordBatch) -> pa.RecordBatch:
    """`read_address` of each of `texts` (one column): the fields of `Address` as columns, in the same order."""
    fast = _read_plain(texts.column(0).cast(pa.string()))
    others = np.ones(len(texts), dtype=bool)
    for part in fast:
        others[part["row"].to_numpy()] = False
    left = pa.array(np.flatnonzero(others))
    slow = one_by_one(texts.take(left), Address._fields, read_address)
    read = pa.concat_batches([*fast, pa.record_batch([left, *slow.columns], schema=READ)])
    order = np.empty(len(texts), dtype=np.int64)
    order[read["row"].to_numpy()] = np.arange(len(texts))
    return read.select(list(Address._fields)).take(pa.array(order))


def read_plain(texts: pa.Array) -> pa.RecordBatch:
    """What `read_address` says of those texts of which it is certain here: `row` (the place) and its fields."""
    return pa.concat_batches(_read_plain(texts))


def _read_plain(texts: pa.Array) -> list[pa.RecordBatch]:
    shaped = pc.match_substring_regex(texts, ADDRESS)
    others = pc.invert(shaped)
    rest = bare(_rows(others), texts.filter(others))
    unwrapped = pc.match_substring_regex(rest["text"], ADDRESS)
    odd = rest.filter(pc.invert(unwrapped))
    repaired = mended(odd)
    stated = [_stated(_rows(shaped), texts.filter(shaped)), _stated(*rest.filter(unwrapped).columns), repaired]
    read, short = _addresses(pa.concat_batches(stated))
    first = len(read) - len(repaired)
    sound = read.slice(0, first) if pc.all(short).as_py() else read.slice(0, first).filter(short.slice(0, first))
    # Those repaired in vain are told as they stand.
    mends = read.slice(first).filter(pc.and_(short.slice(first), pc.is_valid(read["value"].slice(first))))
    clear = pc.match_substring_regex(odd["text"], f"{SIMPLE}|{NO_ADDRESS}")
    return [sound, mends, _faulty(odd.filter(pc.and_not(clear, pc.is_in(odd["row"], mends["row"]))))]


def _rows(mask: pa.Array) -> pa.Array:
    return pa.array(np.flatnonzero(mask.to_numpy(zero_copy_only=False)))


def _stated(rows: pa.Array, texts: pa.Array) -> pa.RecordBatch:
    return pa.record_batch([rows, texts, pa.nulls(len(rows), pa.string())], ["row", "text", "repair"])


def _addresses(stated: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.Array]:
    """Texts of the shape of an address, which are valid if their domain is; and which of them are short enough."""
    parts = pc.split_pattern(stated["text"], "@").flatten()
    locals_ = parts.take(pa.array(np.arange(0, len(parts), 2)))
    spelled = parts.take(pa.array(np.arange(1, len(parts), 2))).dictionary_encode()
    domains = read_domains(spelled.dictionary)
    of_row = domains.take(spelled.indices)
    small = pc.ascii_lower(locals_)
    role = pc.match_substring_regex(small, f"^{role_pattern()}$")
    shown = pc.if_else(pc.is_in(small, pa.array(CASE_INSENSITIVE_MAILBOX_NAMES)), small, locals_)
    columns = [
        stated["row"],
        pc.binary_join_element_wise(_folded(small, of_row["rules"]), of_row["value"], ""),
        pc.binary_join_element_wise(shown, of_row["display"], ""),
        pc.if_else(pc.and_(role, pc.is_valid(of_row["kind"])), "role", of_row["kind"]),
        pc.coalesce(of_row["flag"], stated["repair"]),
    ]
    short = pc.less(pc.add(pc.binary_length(small), of_row["longest"]), MAX_LENGTH)
    return pa.record_batch(columns, schema=READ), short


def _folded(small: pa.Array, rules: pa.Array) -> pa.Array:
    """Local parts in small letters as their providers tell them apart (`mailboxes.canonical`)."""
    of_row = rules.to_numpy()
    places = [np.flatnonzero(of_row == number) for number in range(len(all_rules()))]
    parts = [_by_rules(small.take(pa.array(rows)), one) for rows, one in zip(places, all_rules(), strict=True)]
    order = np.empty(len(small), dtype=np.int64)
    order[np.concatenate(places)] = np.arange(len(small))
    return pa.concat_arrays(parts).take(pa.array(order))


def _by_rules(small: pa.Array, rules: Rules) -> pa.Array:
    if rules.keep_all:
        return small
    folded = small
    if rules.tags:
        tagged = pc.match_substring(small, "+")
        folded = pc.replace_with_mask(small, tagged, pc.replace_substring_regex(small.filter(tagged), r"\+.*", ""))
    for sign in rules.ignored:
        folded = pc.replace_substring(folded, sign, "")
    if rules.dash_is_dot:
        folded = pc.replace_substring(folded, "-", ".")
    return pc.if_else(pc.equal(folded, ""), small, folded)


def _faulty(odd: pa.RecordBatch) -> pa.RecordBatch:
    """Texts that are no address, and why: the first fault that email-validator names."""
    short = pc.less_equal(pc.utf8_length(odd["text"]), MAX_LENGTH)
    with_at = pc.match_substring(odd["text"], "@")
    parted = odd.filter(pc.and_(short, with_at))
    parts = pc.split_pattern(parted["text"], "@", max_splits=1).flatten()
    locals_ = parts.take(pa.array(np.arange(0, len(parts), 2)))
    faults = {
        "nothing before @": pc.equal(locals_, ""),
        "forbidden character": pc.match_substring_regex(locals_, rf"[^.{ATEXT}]"),
        "misplaced dot or hyphen": pc.match_substring_regex(locals_, MISPLACED_DOT),
    }
    of_domains = _domain_faults(parts.take(pa.array(np.arange(1, len(parts), 2))))
    found = pc.case_when(pc.make_struct(*faults.values()), *faults, of_domains)
    told = (
        (odd["row"].filter(pc.invert(short)), TOO_LONG),
        (odd["row"].filter(pc.and_not(short, with_at)), "no @"),
        (parted["row"].filter(pc.is_valid(found)), found.drop_null()),
    )
    return pa.concat_batches([_told(rows, flags) for rows, flags in told])


def _told(rows: pa.Array, flags: pa.Array | str) -> pa.RecordBatch:
    none = pa.nulls(len(rows), pa.string())
    flags = pa.array([flags] * len(rows), pa.string()) if isinstance(flags, str) else flags
    return pa.record_batch([rows, none, none, none, flags], schema=READ)


def _domain_faults(domains: pa.Array) -> pa.Array:
    """Why what stands behind the @ is no domain; null where it is one."""
    forbidden = pc.match_substring_regex(domains, r"[^A-Za-z0-9.\-]")
    brackets = pc.match_substring_regex(domains, r"^\[.*\]$")
    misplaced = pc.and_not(pc.match_substring_regex(domains, MISPLACED), forbidden)
    forbidden = pc.and_not(forbidden, brackets)
    others = pc.if_else(pc.or_(forbidden, misplaced), NONE, domains).dictionary_encode()
    faults = pa.array([read_domain(text).fault for text in others.dictionary.to_pylist()], pa.string())
    told = pc.make_struct(forbidden, misplaced)
    return pc.case_when(told, "forbidden character", "misplaced dot or hyphen", faults.take(others.indices))
