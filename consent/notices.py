"""Notices that people are owed because their data did not come from them (GDPR Art. 14): who, until when, by what
means, in which words; and what the ledger gets when they were sent.

A notice is no advertising: what it takes is a means that the person has not closed. Whoever objected, is suppressed or
waits for erasure gets none, and is counted.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from consent.duties import Duties
from consent.standing import BLOCKS
from leads import schema
from leads.errors import ConfigError
from leads.sets import query
from leads.source import Source, read_toml

FILE = Path(__file__).parent / "data" / "notices.toml"
LANGUAGES = ("en", "de", "ru", "hu", "ro", "bs", "hr", "sr")
# From here on nobody has to be asked where they stand: this is a source anybody can look into.
PUBLIC = ("listing",)
# The types of contact point that each means uses; a letter needs an address.
TYPES = {"email": ("email",), "sms": ("phone",), "messenger": ("messenger",), "post": ("post",)}
MOBILE = ("mobile", "fixed_line_or_mobile")
# Whom a notice may not go to, and why, the strongest reason first.
LEFT_OUT = ("restricted", "suppressed", "objected", "no_channel")


def _texts(name: str, *columns: str) -> pa.DataFrameSchema:
    fields = {column.rstrip("?"): pa.Column(schema.TEXT, nullable=column.endswith("?")) for column in columns}
    return pa.DataFrameSchema(fields, name=name, strict=True)


# What is owed to a contact for one source; `handed`: the first hand-over since then, which counts as first contact.
OWED = _texts("OWED", "contact", "source", "source_kind", "obtained", "due", "handed?")
# `address`: as a letter needs it; `categories`: `|`-list of what is held, in the words of notices.toml.
PEOPLE = _texts(
    "PEOPLE", "contact", "addressee?", "language?", "country?", "address?", "categories", "restricted?"
)
# Who is owed a notice until when, and by what it can go. `why`: month or contact, what came first; `state`: to_send, or
# one of LEFT_OUT; `sources`: a `|`-list.
QUEUE = _texts(
    "QUEUE", "contact", "addressee?", "language", "sources", "obtained", "due", "why", "state", "channel?", "to?"
)
LETTERS = _texts(
    "LETTERS", "contact", "sources", "channel", "to", "addressee", "language", "due_until", "collected_on",
    "controller", "officer", "source_of_data", "publicly_accessible", "categories", "purposes", "legal_basis",
    "interests", "recipients", "transfers", "retention", "rights", "authority", "automated", "subject", "text",
    "wording",
)  # fmt: skip

WAITING = """
    WITH due AS (
        SELECT contact, string_agg(source, '|' ORDER BY source) AS sources, min(obtained) AS obtained,
               min(least(due, coalesce(handed, due))) AS due, bool_or(handed < due) AS contacted,
               arg_min(source, obtained) AS first_source
        FROM owed GROUP BY contact
    ), said_no AS (
        SELECT DISTINCT p.contact, h.type, h.value, h.channel
        FROM history h JOIN points p ON p.type = h.type AND p.value = h.value
        WHERE list_contains($blocks, h.kind) AND h.purpose IN ('service', 'any')
    ), objected AS (
        SELECT DISTINCT p.contact FROM history h JOIN points p ON p.type = h.type AND p.value = h.value
        WHERE h.kind = 'objected'
    ), ways AS (
        SELECT p.contact, m.channel, m.rank, p.value AS address
        FROM points p JOIN means m USING (type)
        WHERE (m.channel <> 'sms' OR list_contains($mobile, p.kind)) AND NOT EXISTS (
            SELECT 1 FROM said_no n WHERE n.type = p.type AND n.value = p.value AND n.channel IN (m.channel, 'any'))
        UNION ALL
        SELECT k.contact, m.channel, m.rank, k.address FROM people k JOIN means m ON m.type = 'post'
        WHERE k.address IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM said_no n WHERE n.contact = k.contact AND n.channel IN ('post', 'any'))
    ), best AS (
        SELECT contact, arg_min(channel, (rank, address)) AS channel, arg_min(address, (rank, address)) AS "to"
        FROM ways GROUP BY contact
    )
    SELECT d.contact, k.addressee, d.sources, d.obtained, d.due,
           CASE WHEN list_contains($languages, k.language) THEN k.language ELSE s.language END AS language,
           CASE WHEN d.contacted THEN 'contact' ELSE 'month' END AS why,
           CASE WHEN k.restricted IS NOT NULL THEN 'restricted'
                WHEN list_contains($suppressed, d.contact) THEN 'suppressed'
                WHEN o.contact IS NOT NULL THEN 'objected'
                WHEN b.channel IS NULL THEN 'no_channel' ELSE 'to_send' END AS state,
           CASE WHEN state = 'to_send' THEN b.channel END AS channel,
           CASE WHEN state = 'to_send' THEN b."to" END AS "to"
    FROM due d JOIN people k USING (contact) JOIN sources s ON s.source = d.first_source
    LEFT JOIN best b USING (contact) LEFT JOIN objected o USING (contact)
    ORDER BY d.due, d.contact
"""

WRITTEN = """
    WITH whose AS (
        SELECT * FROM queue WHERE state = 'to_send'
    ), told AS (
        SELECT w.contact, w.language, o.obtained, o.source, s.purposes, s.legal_basis,
               CASE WHEN s.public THEN yes.text ELSE no.text END AS public,
               replace(replace(replace(replace(replace(line.text, '{date}', left(o.obtained, 10)), '{public}',
                   CASE WHEN s.public THEN yes.text ELSE no.text END), '{seller}', CASE WHEN s.seller = '' THEN ''
                   ELSE ', ' || s.seller END), '{kind}', coalesce(kind.text, other.text)), '{title}', s.title) AS line
        FROM whose w JOIN owed o USING (contact) JOIN sources s USING (source)
        JOIN words line ON line.key = 'source' AND line.language = w.language
        JOIN words yes ON yes.key = 'yes' AND yes.language = w.language
        JOIN words no ON no.key = 'no' AND no.language = w.language
        JOIN words other ON other.key = 'kind.other' AND other.language = w.language
        LEFT JOIN words kind ON kind.key = 'kind.' || o.source_kind AND kind.language = w.language
    ), of_sources AS (
        SELECT contact, string_agg(line, chr(10) ORDER BY obtained, source) AS lines,
               string_agg(ltrim(line, '- '), '; ' ORDER BY obtained, source) AS in_a_row,
               string_agg(DISTINCT public, '; ' ORDER BY public) AS public,
               string_agg(DISTINCT legal_basis, '; ' ORDER BY legal_basis) AS basis
        FROM told GROUP BY contact
    ), aims AS (
        SELECT contact, string_agg(DISTINCT w.text, '; ' ORDER BY w.text) AS purposes
        FROM (SELECT contact, language, unnest(string_split(purposes, '|')) AS purpose FROM told) t
        JOIN words w ON w.key = 'purpose.' || purpose AND w.language = t.language GROUP BY contact
    ), held AS (
        SELECT contact, string_agg(DISTINCT w.text, ', ' ORDER BY w.text) AS categories
        FROM (SELECT q.contact, q.language, unnest(string_split(k.categories, '|')) AS category
              FROM whose q JOIN people k USING (contact)) t
        JOIN words w ON w.key = 'category.' || category AND w.language = t.language GROUP BY contact
    )
    SELECT w.contact, w.sources, w.channel, w."to", coalesce(w.addressee, nobody.text) AS addressee, w.language,
           left(w.due, 10) AS due_until, left(w.obtained, 10) AS collected_on, said.controller, said.officer,
           of_sources.in_a_row AS source_of_data, of_sources.public AS publicly_accessible, held.categories,
           aims.purposes, of_sources.basis AS legal_basis, said.interests, said.recipients, said.transfers,
           said.retention, rights.text AS rights, said.authority, said.automated, subject.text AS subject,
           body.text AS "text", lines, said.representative
    FROM whose w JOIN of_sources USING (contact) JOIN aims USING (contact) JOIN held USING (contact)
    JOIN said USING (language)
    JOIN words body ON body.key = 'body' AND body.language = w.language
    JOIN words subject ON subject.key = 'subject' AND subject.language = w.language
    JOIN words rights ON rights.key = 'rights' AND rights.language = w.language
    JOIN words nobody ON nobody.key = 'nobody' AND nobody.language = w.language
    ORDER BY w.due, w.contact
"""
# What stands in {…} of a body, and the column it comes from; people's names last: nobody knows what is in them.
FILLED = {
    "controller": "controller", "representative": "representative", "officer": "officer", "categories": "categories",
    "purposes": "purposes", "basis": "legal_basis", "interests": "interests", "recipients": "recipients",
    "transfers": "transfers", "retention": "retention", "automated": "automated", "rights": "rights",
    "authority": "authority", "sources": "lines", "addressee": "addressee",
}  # fmt: skip


def queue(
    owed: pd.DataFrame, people: pd.DataFrame, points: pd.DataFrame, history: pd.DataFrame, sources: pd.DataFrame,
    suppressed: Sequence[str], means: Sequence[str],
) -> pd.DataFrame:  # fmt: skip
    """Who is owed a notice (QUEUE), whoever is due first at the top; one row a person.

    `owed` OWED, `people` PEOPLE and `points` CARD_POINTS of the contacts, `history` HISTORY of the points, `sources`:
    see `of_sources`; `suppressed`: contacts that must not be here; `means`: channels, what is preferred first.
    """
    schema.check(OWED, owed)
    schema.check(PEOPLE, people)
    offered = [(type_, channel, rank) for rank, channel in enumerate(means) for type_ in TYPES[channel]]
    ranked = pd.DataFrame(offered, columns=["type", "channel", "rank"])
    found = query(
        WAITING, {"blocks": sorted(BLOCKS), "mobile": list(MOBILE), "suppressed": list(suppressed),
         "languages": list(LANGUAGES)},
        owed=owed, people=people, points=points, history=history, sources=sources,
        means=ranked.astype({"type": schema.TEXT, "channel": schema.TEXT, "rank": schema.INT}),
    )  # fmt: skip
    return schema.check(QUEUE, found)


def letters(
    waiting: pd.DataFrame, owed: pd.DataFrame, people: pd.DataFrame, sources: pd.DataFrame, duties: Duties
) -> pd.DataFrame:
    """The notices that can be sent, in the words of each reader (LETTERS): all that Art. 14 asks for, and as a text."""
    text = '"text"'
    for name, column in FILLED.items():
        text = f"replace({text}, '{{{name}}}', {column})"
    made = query(
        WRITTEN,
        queue=waiting,
        owed=owed,
        people=people,
        sources=sources,
        words=written_words(FILE),
        said=_said(duties),
    )
    found = query(f'SELECT * REPLACE ({text} AS "text") FROM made', made=made)
    found = found.drop(columns=["lines", "representative"]).assign(
        wording=schema.texts([wording(duties)] * len(found))
    )
    return schema.check(LETTERS, found)


def of_sources(configured: Sequence[Source]) -> pd.DataFrame:
    """What a notice says of sources: source, title, seller, legal_basis, purposes (`|`-list), language, public."""
    rows = [
        (one.name, one.title, one.seller, one.legal_basis, "|".join(one.consent.purposes), one.language,
         one.kind in PUBLIC)
        for one in configured
    ]  # fmt: skip
    names = ("source", "title", "seller", "legal_basis", "purposes", "language")
    found = pd.DataFrame(rows, columns=[*names, "public"])
    return found.astype(dict.fromkeys(names, schema.TEXT) | {"public": schema.BOOL})


def wording(duties: Duties) -> str:
    """SHA-256 of what every notice says: our texts, and what config/duties.toml puts in."""
    stated = duties.controller.model_dump_json() + duties.notice.model_dump_json()
    return hashlib.sha256(FILE.read_bytes() + stated.encode()).hexdigest()


def sent(leads: pd.DataFrame, *, evidence: str, at: str, controller: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """TERMS and EVENTS that these notices were sent at a moment (UTC), for each lead and contact point they were owed
    for.

    `leads`: lead_id, type, value, source, source_kind, jurisdiction, channel, language, wording (the last three may be
    null: not known); `evidence`: what shows it, without a personal value.
    """
    of_terms = ["type", "source", "source_kind", "channel", "language", "wording"]
    terms = leads[of_terms].drop_duplicates(ignore_index=True)
    terms = terms.assign(terms=pd.array(range(len(terms)), dtype=schema.INT))
    events = query(
        f"""SELECT l.lead_id, l.value, t.terms, l.jurisdiction, CAST(NULL AS VARCHAR) AS event_time,
                   CAST(NULL AS BIGINT) AS row
            FROM leads l JOIN terms t ON {" AND ".join(f"t.{c} IS NOT DISTINCT FROM l.{c}" for c in of_terms)}
            ORDER BY l.lead_id, l.value""",
        leads=leads, terms=terms,
    )  # fmt: skip
    said = query(
        """SELECT terms, type, 'any' AS channels, 'any' AS purposes, $at AS obtained, $evidence AS evidence,
                  'notice_sent' AS kind, $controller AS controller, 'GDPR Art. 14' AS basis,
                  CAST(NULL AS VARCHAR) AS valid_until, 'operator' AS actor, coalesce(channel, 'stated') AS method,
                  CAST(NULL AS VARCHAR) AS notice_version, wording AS notice_sha256, language AS notice_language,
                  source, source_kind, CAST(NULL AS VARCHAR) AS collectors
           FROM terms ORDER BY terms""",
        {"at": at, "evidence": evidence, "controller": controller}, terms=terms,
    )  # fmt: skip
    return schema.check(schema.TERMS, said), schema.check(schema.EVENTS, events)


def written_words(file: Path, parts: Sequence[str] = ()) -> pd.DataFrame:
    """What a file of words says, or some parts of it: key (`purpose.marketing`), language, text.

    Raises ConfigError where a text is not there in every language.
    """
    rows = []
    for name, said in read_toml(file).items():
        if parts and name not in parts:
            continue
        if all(isinstance(text, str) for text in said.values()):
            rows += [(name, language, text) for language, text in said.items()]
        else:
            rows += [
                (f"{name}.{key}", language, text) for key, own in said.items() for language, text in own.items()
            ]
    found = pd.DataFrame(rows, columns=["key", "language", "text"]).astype(schema.TEXT)
    if missing := {key for key, own in found.groupby("key")["language"] if set(own) != set(LANGUAGES)}:
        raise ConfigError(f"'{min(missing)}' is not there in every language", where=str(file), do="Add it")
    return found


def _said(duties: Duties) -> pd.DataFrame:
    """What config/duties.toml says, by language; English where it does not speak one."""
    notice, who = duties.notice, duties.controller
    own = {"controller": ", ".join(filter(None, (who.name, who.address, who.email, who.phone)))}
    parts = ("interests", "recipients", "transfers", "retention", "authority", "automated")
    words = written_words(FILE).set_index(["key", "language"])["text"]
    rows = [
        {"language": language, "officer": who.officer or words["none", language], **own,
         "representative": who.representative
         and words["representative", language].replace("{who}", who.representative)}
        | {part: getattr(notice, part).get(language) or getattr(notice, part)["en"] for part in parts}
        for language in LANGUAGES
    ]  # fmt: skip
    return pd.DataFrame(rows).astype(schema.TEXT)
