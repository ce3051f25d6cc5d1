"""Match keys of leads: what two of them have in common that are worth comparing, as integers for an indexed join.

A key that more leads have than so many finds nobody: it is an office's phone, or a name that all the town has.
"""

from dataclasses import dataclass, replace

import pandas as pd

from dedupe.evidence.readings import with_sounds
from leads import schema
from leads.sets import key, query

# So many leads have a key at most that still finds somebody: a value of one's own, and what is put together.
VALUE, TOGETHER, NAMED = 50, 20, 8
# A lead is compared with so many others at most, those first that it shares most and the rarest keys with.
MOST = 40
SPLIT = "unnest(string_split({}, chr(10)))"
NAMES = "least(family, given) || ' ' || greatest(family, given)"
PEOPLE, FIRMS = "kind = 'person'", "kind = 'organisation'"
LETTERS = "length(family) > 1 AND length(given) > 1 AND kind = 'person'"
# name: (the text, of which readings, how many leads may have it). Null for who does not state all parts of it.
KEYS = {
    "phone": (SPLIT.format("phone"), "true", VALUE),
    "e-mail": (SPLIT.format("email"), "true", VALUE),
    "profile": (SPLIT.format("profile"), "true", VALUE),
    "registration": ("unnest(string_split(registrations, '|'))", "true", VALUE),
    "names, city": (f"{NAMES} || ' ' || city", LETTERS, NAMED),
    "names, patronymic": (f"{NAMES} || ' ' || father", LETTERS, NAMED),
    "surname, birthday": ("family_s || ' ' || birthday", PEOPLE, TOGETHER),
    "given name, birthday": ("given_s || ' ' || birthday", PEOPLE, TOGETHER),
    "surname, company": ("family_s || ' ' || company_s", PEOPLE, TOGETHER),
    "given name, company": ("given_s || ' ' || company", PEOPLE, TOGETHER),
    "surname, domain": ("family_s || ' ' || domain", PEOPLE, TOGETHER),
    "surname, end of phone": (f"family_s || ' ' || right({SPLIT.format('phone')}, 7)", PEOPLE, TOGETHER),
    "surname, before the @": (
        f"family_s || ' ' || split_part({SPLIT.format('email')}, '@', 1)", PEOPLE, TOGETHER,
    ),
    "firm": ("company", FIRMS, NAMED),
    "firm, city": ("company_s || ' ' || city", FIRMS, TOGETHER),
    "domain": ("domain", FIRMS, VALUE),
    "street, house": ("street || ' ' || house || ' ' || city", FIRMS, TOGETHER),
}  # fmt: skip

# What somebody is called: surname, given name, what that may be a pet form of, patronymic, as READINGS have them.
CALLED = "family, given, root, father"
# The last level of a comparison of names. An initial is unlike nothing.
UNLIKE = "least(length({0}), length({1})) > 1 AND jaro_winkler_similarity({0}, {1}) < 0.65"
STRANGERS = f"""{UNLIKE.format("a.father", "b.father")}
    OR NOT coalesce(a.family = b.given AND a.given = b.family, false)
       AND ({UNLIKE.format("a.family", "b.family")}
            OR {UNLIKE.format("a.given", "b.given")}
               AND NOT coalesce(list_has_any(string_split(a.root, chr(10)), string_split(b.root, chr(10))), false))"""
# What one person may have to himself.
OF_ONE = ("phone", "e-mail", "profile")
COLUMNS_OF_ONE = ("phone", "email", "profile")


def keys(readings: pd.DataFrame) -> pd.DataFrame:
    """The match keys of READINGS: key (64-bit), lead_id, `value` of a key that is one (a phone, an e-mail, a profile),
    `widest` (how many leads may have it), sorted by key and place; each once.
    """
    parts = "\nUNION ALL ".join(
        f"""SELECT place, lead_id, '{name}' AS name, {text} AS text, {widest} AS widest FROM readings WHERE {of}"""
        for name, (text, of, widest) in KEYS.items()
    )
    near = key("'near ' || name || chr(0) || text")
    return query(
        f"""SELECT {near} AS key, lead_id, CASE WHEN name IN {OF_ONE} THEN text END AS value,
                   widest::BIGINT AS widest
            FROM (SELECT DISTINCT place, lead_id, name, text, widest FROM ({parts}) WHERE text <> '')
            ORDER BY 1, place""",
        readings=with_sounds(readings).assign(place=range(len(readings))),
    )


@dataclass(frozen=True)
class Met:
    """Whom each new lead is to be compared with: `pairs` (lead_id, `lead` of the store or `other_lead_id` among the
    new, and whether they met by a phone, an e-mail or a profile: `own`), who in the store has such a value that finds
    somebody (`values`: value, lead), those values that too many leads have to be anybody's own (`wide`), and of how
    many leads not all could be compared (`crowded`)."""

    pairs: pd.DataFrame
    values: pd.DataFrame
    wide: set[str]
    crowded: int

    @property
    def leads(self) -> pd.DataFrame:
        """All leads of the store (column `lead`) in it."""
        both = [self.pairs.loc[self.pairs["lead"].notna(), ["lead"]], self.values[["lead"]]]
        return pd.concat(both).drop_duplicates(ignore_index=True)

    @property
    def by_nothing_own(self) -> pd.DataFrame:
        """The leads of the store (column `lead`) that met a new one by nothing of their own."""
        return self.pairs.loc[self.pairs["lead"].notna() & ~self.pairs["own"], ["lead"]].drop_duplicates()


def pairs(asked: pd.DataFrame, held: pd.DataFrame) -> Met:
    """From `keys` of the new leads, and those that the store's leads have (key, lead)."""
    counted = query(
        """SELECT a.*, count(*) OVER (PARTITION BY a.key) + coalesce(h.n, 0) AS n FROM asked a
           LEFT JOIN (SELECT key, count(*) AS n FROM held GROUP BY key) h USING (key)""",
        asked=asked, held=held,
    )  # fmt: skip
    narrow = counted[(counted["n"] > 1) & (counted["n"] <= counted["widest"])]
    found = query(
        """WITH met AS (
               SELECT a.lead_id, h.lead, NULL AS other_lead_id, a.n, a.value FROM narrow a JOIN held h USING (key)
               UNION ALL
               SELECT a.lead_id, NULL, b.lead_id, a.n, a.value FROM narrow a JOIN narrow b USING (key)
               WHERE a.lead_id < b.lead_id),
           once AS (SELECT lead_id, lead, other_lead_id, sum(1.0 / n) AS near, count(value) > 0 AS own
                    FROM met GROUP BY lead_id, lead, other_lead_id)
           SELECT lead_id, lead, other_lead_id, own,
                  row_number() OVER (PARTITION BY lead_id ORDER BY near DESC, lead, other_lead_id) AS place
           FROM once ORDER BY ALL""",
        narrow=narrow, held=held,
    )  # fmt: skip
    near = found["place"] <= MOST
    wide = counted.loc[(counted["n"] > counted["widest"]) & counted["value"].notna(), "value"]
    return Met(
        found[near].drop(columns="place").reset_index(drop=True),
        values_of(narrow, held),
        set(wide), int(found.loc[~near, "lead_id"].nunique()),
    )  # fmt: skip


def values_of(asked: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Who in the store has which phone, e-mail or profile of the keys `asked` (`held`: key, lead): value, lead."""
    own = asked.loc[asked["value"].notna(), ["key", "value"]].drop_duplicates("key")
    return own.merge(held, on="key")[["value", "lead"]]


def without_strangers(found: Met, called: pd.DataFrame, known: pd.DataFrame) -> Met:
    """Without those who have nothing of their own in common, and names that are not alike: a model would keep them
    apart (`dedupe.scoring.vetoes`). In a base with patronymics most who share a name and a town are such, and in one
    with firms most who share a firm and a given name.

    `called` (lead_id and CALLED) are the new leads, `known` (lead and CALLED) those of the store.
    """
    kept = query(
        f"""WITH others AS (SELECT lead, NULL AS other_lead_id, {CALLED} FROM known
                            UNION ALL SELECT NULL, lead_id, {CALLED} FROM called)
            SELECT p.* FROM pairs p JOIN called a USING (lead_id) LEFT JOIN others b
            ON b.lead IS NOT DISTINCT FROM p.lead AND b.other_lead_id IS NOT DISTINCT FROM p.other_lead_id
            WHERE own OR NOT coalesce({STRANGERS}, false) ORDER BY lead_id, lead, other_lead_id""",
        pairs=found.pairs, called=called, known=known,
    )  # fmt: skip
    return replace(found, pairs=kept)


def wide(asked: pd.DataFrame, held: pd.DataFrame) -> set[str]:
    """The values of `keys` of leads of the store that too many of its leads have (`held`: key, lead)."""
    counts = asked["key"].map(held["key"].value_counts()).fillna(0)
    return set(asked.loc[counts > asked["widest"], "value"])


def named(found: pd.DataFrame, known: pd.DataFrame, homes: pd.DataFrame) -> pd.DataFrame:
    """`pairs` by public ids (lead_id, other_lead_id), with the number `lead` of one of the store.

    `known` (lead, lead_id, contact) are the store's leads that hold. Those of a contact that the new lead is in already
    (`homes`: lead_id, contact) are left out.
    """
    return query(
        """SELECT p.lead_id, coalesce(p.other_lead_id, k.lead_id) AS other_lead_id, p.lead
           FROM pairs p LEFT JOIN known k USING (lead)
           WHERE p.lead IS NULL OR k.lead IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM homes h WHERE h.lead_id = p.lead_id AND h.contact = k.contact) ORDER BY ALL""",
        pairs=found, known=known[["lead", "lead_id", "contact"]], homes=homes,
    )  # fmt: skip


def kept(asked: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Which keys of new leads the store is to keep (key, lead_id): of a wide one enough to know that it is wide."""
    return query(
        """WITH before AS (SELECT key, count(*) AS n FROM held GROUP BY key)
           SELECT a.key, a.lead_id FROM (SELECT *, row_number() OVER (PARTITION BY key ORDER BY place) AS no
                                         FROM asked) a
           LEFT JOIN before b USING (key) WHERE coalesce(b.n, 0) + a.no <= a.widest + 1 ORDER BY a.key, a.place""",
        asked=asked.assign(place=range(len(asked))), held=held,
    )  # fmt: skip


def nothing_held() -> pd.DataFrame:
    """No keys in the store (key, lead)."""
    return pd.DataFrame({"key": pd.array([], dtype=schema.INT), "lead": pd.array([], dtype=schema.INT)})
