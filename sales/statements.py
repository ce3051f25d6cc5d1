"""The SQL of `sales.delivery`, over frames named as their parameters there; lists inside a cell end here as text."""

# A source's free text may hold an e-mail or a phone (nine digits or more) that nobody has decided on.
ADDRESS_PART = r"[^\s@＠,;:<>()]+"
HIDDEN = (
    rf"{ADDRESS_PART}[@＠]{ADDRESS_PART}\.{ADDRESS_PART}"
    r"|\+?(\p{Nd}[\s\p{Z}\p{Pd}()./]{0,3}){8,}\p{Nd}"
)
REQUEST_LENGTH = 500


def _shown(text: str) -> str:
    """`text` with anything like a phone or an e-mail hidden."""
    return f"regexp_replace({text}, '{HIDDEN}', '…', 'g')"


def _say(key: str) -> str:
    """The sentence `key` (an SQL expression) in the reader's language."""
    return f"(SELECT s.text FROM sentences s WHERE s.reader = task.reader AND s.key = {key})"


def _list(column: str) -> str:
    return f"string_agg(DISTINCT {column}, '; ' ORDER BY {column})"


# A card is called after its company where no person has a name; in a column of names it would be read as a person's.
_NAME = f"""CASE WHEN name IS DISTINCT FROM company OR coalesce(family_name, given_name) IS NOT NULL
            THEN {_shown("name")} END"""

# As `sources` reads them back: parted by bars, for a tag may hold a comma. While they are looked through, something
# that stands neither in a tag nor in a phone or an e-mail parts them.
_TAGS = f"""replace({_shown("replace(tags, '|', ',' || chr(10))")}, ',' || chr(10), '|')"""

DUE = """
    WITH touch AS (
        SELECT contact, lead_id, min(source) AS source, min("at") AS "at",
            bool_or(source_kind IN (FROM own_acts)) AS own
        FROM touches GROUP BY contact, lead_id
    ), reason AS (
        (SELECT DISTINCT ON (contact) contact, 'first' AS reason, lead_id, source, "at"
         FROM touch ANTI JOIN delivered USING (contact)
         ORDER BY contact, own DESC, CASE WHEN own THEN "at" END DESC, "at", lead_id)
        UNION ALL
        SELECT contact, 'answer:' || lead_id, lead_id, source, "at" FROM touch WHERE own
    )
    SELECT reason.* FROM reason ANTI JOIN delivered USING (contact, reason)
    ORDER BY contact, reason <> 'first', "at" DESC, lead_id
"""

TASK = """
    SELECT cards.*, owner, reader, due.reason, due.source, due."at"
    FROM (SELECT DISTINCT ON (contact) * FROM reasons
          ORDER BY contact, reason <> 'first', "at" DESC, lead_id) due
    JOIN cards USING (contact)
    JOIN assignments USING (contact)
    JOIN owners USING (owner)
"""

PERMITTED = """
    SELECT contact, type, value, min(display) AS display, min(points.kind) AS kind, channels.text AS channel,
        step, place, rule, pack, d.reason, evidence, coalesce(words.text, review) AS review, task.owner, task.reader,
        coalesce(valid_until, '') AS valid_until, coalesce(hours, '') AS hours, coalesce(zones, '') AS zones
    FROM decisions d
    ANTI JOIN (FROM decisions WHERE verdict = 'deny') no USING (contact, type, value, channel)
    JOIN points USING (contact, type, value)
    JOIN task USING (contact)
    JOIN channels USING (reader, type, channel)
    LEFT JOIN words ON words.reader = task.reader AND words.key = review
    WHERE verdict = 'allow'
    GROUP BY ALL
"""


def _timed(column: str) -> str:
    """What is said of the time of a contact's channels: once where it is the same of all, else behind those it is said
    of; where it differs between points of a channel, with the point."""
    return f"""
        SELECT contact, CASE WHEN count(*) = 1 THEN min(said)
            ELSE string_agg(uses || ': ' || said, '; ' ORDER BY place, said) END AS {column}
        FROM (SELECT contact, said, string_agg(use, ', ' ORDER BY place, use) AS uses, min(place) AS place
              FROM (SELECT DISTINCT contact, said, place,
                        channel || CASE WHEN differs THEN ' ' || value ELSE '' END AS use
                    FROM (SELECT contact, channel, value, place, {column} AS said,
                              min({column}) OVER own <> max({column}) OVER own AS differs
                          FROM permitted JOIN timings USING (owner, valid_until, hours, zones)
                          WINDOW own AS (PARTITION BY contact, channel)))
              GROUP BY contact, said)
        GROUP BY contact"""


# A phone that may be called comes first, a mobile before others, a person's address before a role's. Lists of contact
# points are such as `sources` reads back: of one type, parted by `; `, an account behind its service and a colon.
ROWS = rf"""
    WITH point AS (
        SELECT contact, type, CASE type WHEN 'phone' THEN value WHEN 'email' THEN min(display)
                ELSE regexp_replace(min(display), '^(\w+) ', '\1: ') END AS written,
            string_agg(channel, ', ' ORDER BY place) AS uses,
            row_number() OVER (PARTITION BY contact, type ORDER BY
                min(place), coalesce(min(kind), '') <> 'mobile', coalesce(min(kind), '') = 'role', value) AS nth
        FROM (SELECT DISTINCT contact, type, value, display, kind, channel, place FROM permitted)
        GROUP BY contact, type, value
    ), reach AS (
        SELECT contact, max(written) FILTER (type = 'phone' AND nth = 1) AS phone,
            max(uses) FILTER (type = 'phone' AND nth = 1) AS phone_use,
            string_agg(written, '; ' ORDER BY nth) FILTER (type = 'phone' AND nth > 1) AS other_phones,
            string_agg(uses || ': ' || written, '; ' ORDER BY nth) FILTER (type = 'phone' AND nth > 1)
                AS other_phones_use,
            max(written) FILTER (type = 'email' AND nth = 1) AS email,
            string_agg(written, '; ' ORDER BY nth) FILTER (type = 'email' AND nth > 1) AS other_emails,
            string_agg(written, '; ' ORDER BY nth) FILTER (type = 'messenger') AS messengers
        FROM point GROUP BY contact
    ), permission AS (
        SELECT contact, string_agg(uses || ': ' || reason, '; ' ORDER BY place, reason) AS permission
        FROM (SELECT contact, reason, string_agg(channel, ', ' ORDER BY place) AS uses, min(place) AS place
              FROM (SELECT DISTINCT contact, reason, channel, place FROM permitted) GROUP BY contact, reason)
        GROUP BY contact
    ), channel AS (
        SELECT contact, string_agg(channel, ', ' ORDER BY place) AS channels, arg_min(step, place) AS step
        FROM (SELECT DISTINCT contact, channel, step, place FROM permitted) GROUP BY contact
    ), proof AS (
        SELECT contact, {_list("rule")} AS rule, {_list("pack")} AS pack, {_list("evidence")} AS evidence,
            {_list("review")} AS review
        FROM permitted GROUP BY contact
    ), until AS ({_timed("until")}
    ), "when" AS ({_timed('"when"')}
    ), origin AS (
        SELECT contact, string_agg(coalesce(title, source), ', ' ORDER BY source) AS sources
        FROM (SELECT contact, unnest(string_split(sources, '|')) AS source FROM task)
        LEFT JOIN titles USING (source) GROUP BY contact
    ), asked AS (
        SELECT contact, trim(regexp_replace({_shown("request")}, '\s+', ' ', 'g')) AS request FROM task
    )
    SELECT owner, task.reader, contact, {_NAME} AS name, {_shown("company")} AS company,
        {_shown("job")} AS job, {_shown("family_name")} AS family_name, {_shown("given_name")} AS given_name,
        replace(replace({_say("split_part(task.reason, ':', 1)")}, '{{date}}', left(task."at", 10)),
            '{{source}}', coalesce(title, task.source))
            || CASE WHEN asked.request <> '' THEN ' — ' || rtrim(left(asked.request, {REQUEST_LENGTH}))
               || CASE WHEN length(asked.request) > {REQUEST_LENGTH} THEN '…' ELSE '' END ELSE '' END AS reason,
        channels, phone, phone_use, other_phones, other_phones_use, email, other_emails, messengers,
        {_say("step")} || CASE WHEN notice_due IS NULL THEN ''
            ELSE ' ' || replace({_say("'notice'")}, '{{date}}', left(notice_due, 10)) END AS next_step,
        permission, until.until AS valid_until, "when"."when" AS hours,
        {_shown("city")} AS city, {_shown("region")} AS region, country, language,
        {_shown("tier")} AS tier, {_TAGS} AS tags, origin.sources, rule, pack, evidence, review
    FROM task
    JOIN reach USING (contact) JOIN permission USING (contact) JOIN channel USING (contact)
    JOIN until USING (contact) JOIN "when" USING (contact)
    JOIN proof USING (contact) JOIN origin USING (contact) JOIN asked USING (contact)
    LEFT JOIN titles USING (source)
    ORDER BY owner, task.reason = 'first', task."at" DESC, contact
"""

NEXT_STEPS = f"""
    WITH denied AS (
        SELECT contact, {_list("reason")} AS why, {_list("mend")} AS mend
        FROM decisions WHERE verdict = 'deny' GROUP BY contact
    )
    SELECT owner, reader, contact, {_shown("name")} AS name, {_shown("company")} AS company,
        CASE WHEN why IS NOT NULL THEN why
            WHEN contact IN (SELECT contact FROM points) THEN {_say("'no_decision'")}
            ELSE {_say("'no_point'")} END AS why_not,
        CASE WHEN why IS NOT NULL THEN coalesce(mend, {_say("'leave'")})
            WHEN contact IN (SELECT contact FROM points) THEN {_say("'decide'")}
            ELSE {_say("'find_point'")} END AS next_step
    FROM task ANTI JOIN permitted USING (contact) LEFT JOIN denied USING (contact)
    ORDER BY owner, task.reason = 'first', task."at" DESC, contact
"""

# Words differ within a rule (dates, versions); the commonest stand for it.
BY_RULE = """
    WITH said AS (
        SELECT owner, contact, rule, coalesce(reason, why_not) AS why
        FROM next_steps LEFT JOIN (FROM decisions WHERE verdict = 'deny') USING (contact)
    ), counted AS (
        SELECT owner, rule, why, count(DISTINCT contact) AS n FROM said GROUP BY ALL
    ), commonest AS (
        SELECT DISTINCT ON (owner, rule) owner, rule, why FROM counted ORDER BY owner, rule, n DESC, why
    )
    SELECT s.owner, 'denied' AS outcome, s.rule, c.why, count(DISTINCT s.contact) AS contacts
    FROM said s JOIN commonest c ON c.owner = s.owner AND c.rule IS NOT DISTINCT FROM s.rule
    GROUP BY ALL ORDER BY s.owner, contacts DESC, s.rule
"""
