"""What another system knew of consents, row by row, as events of our ledger.

A file can take away and never permit: every yes in it is an imported claim, whoever it was given to, and a no counts in
full. What cannot be understood is set aside with a reason; but a no of which only the channel, the purpose or the date
cannot be understood is taken as wide and as late as it may be.
"""

from typing import get_args

import pandas as pd
import pandera.pandas as pa

from leads import schema
from leads.sets import query
from leads.source import Channel, Purpose, Source

# The columns of a history; only the first three must be there.
COLUMNS = ("kind", "point", "at", "channel", "purpose", "controller", "proof")
NEEDED = COLUMNS[:3]
YES, NO = ("given", "renewed", "imported_claim"), ("refused", "withdrawn", "objected")
KINDS = (*YES, *NO, "expired", "invalidated", "notice_sent")
UNKNOWN_KIND, NO_POINT, NO_DATE, TO_COME = "kind not understood", "no contact point", "no date", "date to come"
UNKNOWN_CHANNEL, UNKNOWN_PURPOSE = "channel not understood", "purpose not understood"
UNKNOWN_CONTROLLER = "controller not understood"


def _columns(name: str, *columns: str, **more: object) -> pa.DataFrameSchema:
    fields = {column.rstrip("?"): pa.Column(schema.TEXT, nullable=column.endswith("?")) for column in columns}
    return pa.DataFrameSchema(
        fields | {key: pa.Column(kind) for key, kind in more.items()}, name=name, strict=True
    )


# A row as read: `moment` in UTC, null where none is understood; `type`, `value`, `region` of its point.
ROWS = _columns(
    "ROWS", "kind?", "channel?", "purpose?", "controller?", "moment?", "type?", "value?", "region?", "why?",
    row=schema.INT,
)  # fmt: skip
# The same as events: `reason` where it is none. `channels`, `purposes`: `|`-lists; `moment`: null where it was not
# said; `widened`: a no that was taken as wider or later than it may have been.
JUDGED = _columns(
    "JUDGED", "type?", "value?", "region?", "kind?", "channels?", "purposes?", "controller?", "moment?", "reason?",
    row=schema.INT, widened=schema.BOOL,
)  # fmt: skip

JUDGE = """
    WITH split AS (
        SELECT *, lower(trim(kind)) AS said, list_contains($no, said) AS is_no,
               list_filter(regexp_split_to_array(lower(coalesce(channel, '')), $between), lambda x: x <> '') AS c,
               list_filter(regexp_split_to_array(lower(coalesce(purpose, '')), $between), lambda x: x <> '') AS p,
               len(list_filter(c, lambda x: NOT list_contains($channels, x))) > 0 AS odd_channel,
               len(list_filter(p, lambda x: NOT list_contains($purposes, x))) > 0 AS odd_purpose,
               -- A phone or an address: a cell of another column. The ledger would keep it for ever, unsealed.
               coalesce(contains(controller, '@') OR length(regexp_replace(controller, '[^0-9]', '', 'g')) > 6, false)
                   AS odd_controller
        FROM rows
    )
    SELECT type, value, region,
           CASE WHEN list_contains($yes, said) THEN 'imported_claim' ELSE said END AS kind,
           CASE WHEN odd_channel OR len(c) = 0 OR list_contains(c, 'any') THEN 'any'
                ELSE array_to_string(list_sort(list_distinct(c)), '|') END AS channels,
           CASE WHEN odd_purpose OR len(p) = 0 OR list_contains(p, 'any') THEN 'any'
                ELSE array_to_string(list_sort(list_distinct(p)), '|') END AS purposes,
           CASE WHEN odd_controller THEN $ours ELSE coalesce(nullif(trim(controller), ''), $ours) END AS controller,
           CASE WHEN moment <= $now THEN moment END AS moment,
           CASE WHEN said IS NULL OR NOT list_contains($kinds, said) THEN $unknown_kind
                WHEN value IS NULL THEN $no_point || coalesce(': ' || why, '')
                WHEN is_no THEN NULL
                WHEN odd_channel THEN $unknown_channel
                WHEN odd_purpose THEN $unknown_purpose
                WHEN odd_controller THEN $unknown_controller
                WHEN moment IS NULL THEN $no_date
                WHEN moment > $now THEN $to_come END AS reason,
           row, coalesce(is_no AND (odd_channel OR odd_purpose OR odd_controller OR moment IS NULL OR moment > $now),
                         false) AS widened
    FROM split ORDER BY row
"""
# Of the events those of which some channel and purpose is not on record, said by the same source at the same time; one
# without a date is known by the rest. In a file each once.
NEW = """
    WITH said AS (
        SELECT *, row_number() OVER (
            PARTITION BY type, value, kind, channels, purposes, controller, moment ORDER BY row) = 1 AS first
        FROM judged WHERE reason IS NULL
    ), apart AS (
        SELECT s.row, s.type, s.value, s.kind, s.controller, s.moment, c.channel, p.purpose
        FROM said s, unnest(string_split(s.channels, '|')) c(channel), unnest(string_split(s.purposes, '|')) p(purpose)
        WHERE first
    )
    SELECT DISTINCT a.row FROM apart a WHERE NOT EXISTS (
        SELECT 1 FROM history h
        WHERE h.type = a.type AND h.value = a.value AND h.kind = a.kind AND h.channel = a.channel
          AND h.purpose = a.purpose AND h.controller = a.controller AND h.source = $source
          AND (a.moment IS NULL OR h.event_time = a.moment))
    ORDER BY a.row
"""


def judged(rows: pd.DataFrame, *, now: str, controller: str) -> pd.DataFrame:
    """ROWS as JUDGED, in their order. `now`: what is dated later has not happened; `controller`: who we are."""
    schema.check(ROWS, rows)
    told = {
        "yes": list(YES), "no": list(NO), "kinds": list(KINDS), "ours": controller, "now": now,
        "between": r"[,;|\s]+",
        "channels": ["any", *get_args(Channel)], "purposes": ["any", *get_args(Purpose)],
        "unknown_kind": UNKNOWN_KIND, "no_point": NO_POINT, "no_date": NO_DATE, "to_come": TO_COME,
        "unknown_channel": UNKNOWN_CHANNEL, "unknown_purpose": UNKNOWN_PURPOSE,
        "unknown_controller": UNKNOWN_CONTROLLER,
    }  # fmt: skip
    return schema.check(JUDGED, query(JUDGE, told, rows=rows))


def new(said: pd.DataFrame, history: pd.DataFrame, source: str) -> pd.DataFrame:
    """The rows of JUDGED that the ledger does not know yet; `history`: HISTORY of their contact points."""
    fresh = query(NEW, {"source": source}, judged=said, history=history)
    return said[said["row"].isin(fresh["row"])].reset_index(drop=True)


def events(
    said: pd.DataFrame, source: Source, *, batch: str, obtained: str, controller: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """TERMS and EVENTS of `new` rows; their evidence is the row of the batch, as it was received."""
    terms = query(
        """SELECT row_number() OVER (ORDER BY type, kind, channels, purposes, controller) AS terms, type, channels,
                  purposes, $obtained AS obtained, $batch AS evidence, kind, controller,
                  CASE kind WHEN 'imported_claim' THEN $basis WHEN 'notice_sent' THEN 'GDPR Art. 14' ELSE 'consent' END
                      AS basis, CAST(NULL AS VARCHAR) AS valid_until,
                  CASE WHEN list_contains($no, kind) THEN 'subject' WHEN kind IN ('expired', 'invalidated')
                       THEN 'system' ELSE 'operator' END AS actor,
                  'import' AS method, CAST(NULL AS VARCHAR) AS notice_version, CAST(NULL AS VARCHAR) AS notice_sha256,
                  CAST(NULL AS VARCHAR) AS notice_language, $source AS source, $kind AS source_kind,
                  CASE WHEN kind = 'imported_claim' AND controller <> $ours
                       THEN concat_ws('|', controller, nullif($seller, '')) END AS collectors
           FROM (SELECT DISTINCT type, kind, channels, purposes, controller FROM said)""",
        {"obtained": obtained, "batch": batch, "source": source.name, "kind": source.kind, "seller": source.seller,
         "basis": source.legal_basis, "ours": controller, "no": list(NO)}, said=said,
    )  # fmt: skip
    made = query(
        """SELECT CAST(NULL AS VARCHAR) AS lead_id, s.value, t.terms, s.region AS jurisdiction, s.moment AS event_time,
                  s.row
           FROM said s JOIN terms t USING (type, kind, channels, purposes, controller) ORDER BY s.row""",
        said=said, terms=terms,
    )  # fmt: skip
    return schema.check(schema.TERMS, terms), schema.check(schema.EVENTS, made)
