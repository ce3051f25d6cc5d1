"""Spellings of e-mail addresses, a column at once: what `emails.reader` takes off around an address.

Only of texts in printable ASCII, besides a name before angle brackets and a label. All patterns are in RE2's syntax.
The steps answer with record batches with the columns `row` and `text`, and leave out what they are not sure of.
"""

import pyarrow as pa
import pyarrow.compute as pc

from enrich.emails.reader import AROUND_AT, BEFORE, BEHIND, LABELS, LONGEST_TEXT, MAX_LENGTH, REPAIRED

ATEXT = r"A-Za-z0-9_!#$%&'*+\-/=?^`{|}~"
# An address that is valid if its domain is.
ADDRESS = rf"^[{ATEXT}]+(?:\.[{ATEXT}]+)*@[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?$"
# Without what quotes, opens a bracket around an address or ends a label before it.
SIMPLE = r"^[ !#-9;=-~]*$"
# Of any characters: nothing that an address, a bracket or a label would be made of.
NO_ADDRESS = "^[^@<:]*$"
IN_ANGLES = r"^[^<>]*<(?P<inner>[^<>]*)>[ .,;]*$"
LABEL = rf"^ *(?i:{LABELS}) *"
MAILTO = r"^ *(?i:mailto:)"
BLANKS_AT = AROUND_AT.pattern.replace(r"\s", " ")


def bare(rows: pa.Array, texts: pa.Array) -> pa.RecordBatch:
    """`emails.reader.bare` of the texts that have no other brackets or labels then."""
    short = pc.less_equal(pc.binary_length(texts), LONGEST_TEXT)
    for mark, unwrap in (("<", _without_angles), (":", _without_label)):
        wrapped = pc.and_(short, pc.match_substring(texts, mark))
        texts = pc.replace_with_mask(texts, wrapped, unwrap(texts.filter(wrapped)))
    found = pa.record_batch([rows, texts], ["row", "text"])
    return found.filter(pc.invert(pc.match_substring_regex(texts, "[<:]")))


def _without_angles(texts: pa.Array) -> pa.Array:
    inner = pc.struct_field(pc.extract_regex(texts, IN_ANGLES), "inner")
    return pc.coalesce(pc.utf8_trim(inner, " "), texts)


def _without_label(texts: pa.Array) -> pa.Array:
    mailto = pc.match_substring_regex(texts, MAILTO)
    texts = pc.replace_substring_regex(texts, LABEL, "", max_replacements=1)
    return pc.if_else(mailto, pc.replace_substring_regex(texts, r"\?.*", ""), texts)


def mended(odd: pa.RecordBatch) -> pa.RecordBatch:
    """Those of simple texts that have the shape of an address when they are mended; `repair` is the flag for it."""
    one_at = pc.equal(pc.count_substring(odd["text"], "@"), 1)
    odd = odd.filter(pc.and_(one_at, pc.less_equal(pc.binary_length(odd["text"]), MAX_LENGTH)))
    texts = odd["text"]
    # Behind a domain such signs are never valid; before the @ those beyond ASCII may be.
    alone = pc.utf8_rtrim(texts, BEHIND)
    sure = pc.match_substring_regex(alone, SIMPLE)
    alone = pc.utf8_ltrim(alone, BEFORE)
    closed = pc.replace_substring_regex(alone, BLANKS_AT, "@")
    ends, blanks = pc.not_equal(alone, texts), pc.not_equal(closed, alone)
    repair = pc.if_else(
        ends, pc.if_else(blanks, f"{REPAIRED}punctuation, blanks", f"{REPAIRED}punctuation"), f"{REPAIRED}blanks"
    )
    found = pa.record_batch([odd["row"], closed, repair], ["row", "text", "repair"])
    found = found.filter(pc.and_(sure, pc.or_(ends, blanks)))
    return found.filter(pc.match_substring_regex(found["text"], ADDRESS))
