"""What does not happen in an honest base: rows that were made up, copied together, or put there as a trap."""

from typing import Any

from flows.audit.collected import Collected
from flows.audit.figures import share
from flows.audit.tables import table

# Numbers in a row, at least so many: somebody counted up instead of collecting.
SEQUENTIAL = """
    WITH number AS (SELECT DISTINCT substr(value, 2)::BIGINT AS n FROM point
                    WHERE type = 'phone' AND usable AND regexp_full_match(value, '\\+[0-9]{1,17}')),
    run AS (SELECT n - row_number() OVER (ORDER BY n) AS first FROM number)
    SELECT coalesce(sum(n), 0) AS found FROM (SELECT count(*) AS n FROM run GROUP BY first HAVING n >= ?)"""
SHARED = """
    SELECT coalesce(sum(leads), 0) AS found FROM (
        SELECT count(DISTINCT p.lead_id) AS leads FROM point p JOIN lead l USING (lead_id)
        WHERE p.type = ? AND p.usable AND l.family_key IS NOT NULL
        GROUP BY p.value HAVING count(DISTINCT concat_ws(' ', l.family_key, l.given_key)) >= ?)"""
# user1@, user2@ …: one stem with many numbers behind it. A phone number as a mailbox is nothing but digits.
NUMBERED = """
    SELECT coalesce(sum(n), 0) AS found FROM (
        SELECT count(DISTINCT value) AS n FROM point WHERE type = 'email' AND usable
          AND regexp_matches(split_part(value, '@', 1), '[a-z].*[0-9]')
        GROUP BY regexp_replace(split_part(value, '@', 1), '[0-9]+', '#', 'g') HAVING n >= ?)"""
# Keys beside each other, a letter again and again, no vowel, the given name as family name, or one full name
# with ever other numbers. In several alphabets R is a vowel of its own.
NAMES = """
    WITH named AS (
        SELECT lead_id, lower(strip_accents(name_text)) AS name, family_key, given_key, coalesce(flags, '') AS flags
        FROM lead WHERE name_text IS NOT NULL AND kind = 'person'),
    often AS (
        SELECT name FROM named JOIN (SELECT DISTINCT lead_id, value FROM point WHERE type = 'phone' AND usable)
        USING (lead_id) GROUP BY 1 HAVING count(DISTINCT value) >= greatest(?, (SELECT count(*) FROM named) / 100))
    SELECT count(*) AS found FROM named
    WHERE regexp_matches(name, ?)
       OR regexp_matches(name, '(?:^|\\PL)[бвгджзйклмнпстфхцчшщbcdfghjklmnpqstvwxz]{5,}(?:$|\\PL)')
       OR flags LIKE '%junk name%' OR (family_key = given_key) OR name IN (SELECT name FROM often)"""
MAILBOX = """
    SELECT count(DISTINCT lower(text)) AS found FROM point
    WHERE type = 'email' AND regexp_matches(lower(coalesce(value, text)), ?)"""
NUMBER = "SELECT count(DISTINCT value) AS found FROM point WHERE type = 'phone' AND regexp_matches(value, ?)"
TOTALS = """
    SELECT count(DISTINCT value) FILTER (type = 'phone' AND usable) AS phones,
           count(DISTINCT lower(coalesce(value, text))) FILTER (type = 'email') AS emails,
           (SELECT count(*) FROM lead) AS leads,
           (SELECT count(*) FROM lead WHERE name_text IS NOT NULL AND kind = 'person') AS named
    FROM point"""


def patterns(base: Collected) -> list[dict[str, Any]]:
    """Each pattern that was looked for: `pattern`, `found` so many, `of` so many phones, e-mails, names or leads."""
    totals, known = base.row(TOTALS), table("audit")["patterns"]
    least = known["least"]
    looked_for = (
        ("sequential_phones", "phones", SEQUENTIAL, [least["run"]]),
        ("shared_phones", "leads", SHARED, ["phone", least["people"]]),
        ("shared_emails", "leads", SHARED, ["email", least["people"]]),
        ("numbered_emails", "emails", NUMBERED, [least["numbered"]]),
        ("generated_names", "named", NAMES, [least["same_name"], _any(known["names"])]),
        ("trap_emails", "emails", MAILBOX, [_any(known["trap_mailboxes"])]),
        ("placeholder_emails", "emails", MAILBOX, [_any(known["placeholder_mailboxes"])]),
        ("fiction_phones", "phones", NUMBER, [_any(known["fiction_numbers"])]),
        ("placeholder_phones", "phones", NUMBER, [_any(known["placeholder_numbers"])]),
    )
    found = []
    for name, whole, sql, parameters in looked_for:
        count = base.row(sql, *parameters)["found"]
        found.append({"pattern": name, "found": count, "of": totals[whole], "share": share(count, totals[whole])})
    return found


def _any(expressions: list[str]) -> str:
    return "|".join(f"(?:{expression})" for expression in expressions)
