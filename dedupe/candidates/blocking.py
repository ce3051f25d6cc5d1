"""Which records are worth comparing: those that have a rare value in common, or two values of different evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dedupe.engine import Engine
from dedupe.evidence.kinds import LISTS, PERSONAL, WORDED, Evidence

# Records of one block that are compared with each other; larger blocks are left out, and reported.
LARGEST_BLOCK = 100
# Pairs compared for each record, and in any case.
PAIRS_PER_RECORD, PAIRS_ANYWAY = 10, 20_000
# A key that would bring more pairs than so many for each record says too little.
WIDEST = 10
# Keys taken at once, and rows of one statement: as many keys as fit.
KEYS_AT_ONCE, ROWS_AT_ONCE = 4, 6_000_000
# Keys mostly bring the same pairs; how often the same one, before that is known.
SAME_AGAIN = 2
RAREST_WORDS = 3
Key = tuple[int, int]  # two cuts, or one and -1


@dataclass
class Candidates:
    """How table `pairs` came about: by key the blocks left out as too large, and keys left out as too wide."""

    pairs: int = 0
    capped: dict[str, int] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


def candidates(duck: Engine, evidence: Sequence[Evidence]) -> Candidates:
    """Fill table `pairs` (l < r) from table `records`.

    Each record has terms (a phone, the sound of a name, a rare word of an address, a date, half of an id). Two records
    are a pair where they share a term that few have, or two terms of different evidence that few have together. Keys
    that bring fewest pairs come first, until there are as many pairs as may be compared.
    """
    found = Candidates()
    records = _number(duck, "SELECT count(*) FROM records")
    cuts = _terms(duck, evidence)
    duck.execute("CREATE OR REPLACE TEMP TABLE pairs AS SELECT id AS l, id AS r FROM records WHERE false")
    budget = PAIRS_PER_RECORD * records + PAIRS_ANYWAY
    for keys in _batches(_by_width(duck, cuts, records), records):
        budget = _take(duck, keys, cuts, budget, records, found)
    found.pairs = _number(duck, "SELECT count(*) FROM pairs")
    return found


def _number(duck: Engine, sql: str) -> int:
    return int(duck.sql(sql).fetchall()[0][0])


def _terms(duck: Engine, evidence: Sequence[Evidence]) -> list[tuple[int, str]]:
    """Table `terms` (cut, id, term) of terms that more than one record has; returns place and name of each cut."""
    cuts: list[tuple[int, str]] = []
    parts = ["SELECT 0 AS cut, 0 AS id, hash('') AS term WHERE false"]
    for place, one in enumerate(evidence):
        for name, sql in _cuts(f"e{place}", one).items():
            parts.append(f"SELECT {len(cuts)}, id, hash(term) FROM ({sql}) WHERE term <> ''")
            cuts.append((place, f"{one.label or one.column}{name}"))
    duck.execute(
        f"""CREATE OR REPLACE TEMP TABLE terms AS
            SELECT * FROM (SELECT DISTINCT * FROM ({" UNION ALL ".join(parts)}))
            QUALIFY count(*) OVER (PARTITION BY cut, term) > 1"""
    )
    return cuts


def _cuts(column: str, one: Evidence) -> dict[str, str]:
    whole = f"SELECT id, {column} AS term FROM records"
    if one.kind in LISTS:
        own = f"SELECT id, unnest({column}) AS term FROM records"
        found = {"": own, " (shared)": f"SELECT id, unnest({column}_c) AS term FROM records"}
        before = {" before the @": f"SELECT id, split_part(term, '@', 1) AS term FROM ({own})"}
        return found | (before if one.kind == "email" else {})
    if one.kind in PERSONAL:
        return {" (sound)": f"SELECT id, {column}_s AS term FROM records"}
    if one.kind in WORDED:
        return {" (words)": _rare_words(column)}
    if one.kind == "date":
        cut = {"": column, " (day)": f"substr({column}, 5)", " (year and month)": f"substr({column}, 1, 6)"}
        return {name: f"SELECT id, {part} AS term FROM records" for name, part in cut.items()}
    if one.kind == "code":
        half = f"length({column}) // 2"
        cut = {" (first half)": f"substr({column}, 1, {half})", " (second half)": f"substr({column}, {half} + 1)"}
        return {"": whole} | {
            name: f"SELECT id, {part} AS term FROM records WHERE length({column}) >= 6"
            for name, part in cut.items()
        }
    return {"": whole}


def _rare_words(column: str) -> str:
    return f"""
        SELECT id, word AS term FROM (SELECT id, unnest({column}_w) AS word FROM records)
        JOIN (SELECT word, count(*) AS n FROM (SELECT unnest({column}_w) AS word FROM records)
              GROUP BY word HAVING n > 1)
        USING (word) QUALIFY row_number() OVER (PARTITION BY id ORDER BY n, word) <= {RAREST_WORDS}"""


def _by_width(duck: Engine, cuts: Sequence[tuple[int, str]], records: int) -> list[tuple[Key, float]]:
    """Keys of one and of two cuts with the pairs they are to bring (of two: were cuts independent); fewest first."""
    found = duck.sql(
        f"""SELECT cut, sum(pairs), coalesce(sum(pairs) FILTER (n <= {LARGEST_BLOCK}), 0)
            FROM (SELECT cut, count(*) AS n, count(*) * (count(*) - 1)::DOUBLE / 2 AS pairs
                  FROM terms GROUP BY cut, term) GROUP BY cut"""
    ).fetchall()
    pairs = {cut: float(everywhere) for cut, everywhere, _ in found}
    everybody = max(records * (records - 1) / 2, 1)
    keys = [((cut, -1), float(small)) for cut, _, small in found]
    keys += [
        ((a, b), pairs[a] * pairs[b] / everybody)
        for a in pairs
        for b in pairs
        if a < b and cuts[a][0] != cuts[b][0]
    ]
    return sorted(keys, key=lambda key: (key[1], key[0]))


def _batches(keys: list[tuple[Key, float]], records: int) -> Iterator[list[Key]]:
    at_once = min(KEYS_AT_ONCE, max(1, ROWS_AT_ONCE // max(records, 1)))
    for start in range(0, len(keys), at_once):
        yield [key for key, _ in keys[start : start + at_once]]


def _take(
    duck: Engine,
    keys: list[Key],
    cuts: Sequence[tuple[int, str]],
    budget: int,
    records: int,
    found: Candidates,
) -> int:
    """Add the pairs of some keys while there is a budget; returns what is left of it."""
    names = [" + ".join(cuts[cut][1] for cut in key if cut >= 0) for key in keys]
    if budget <= 0:
        found.skipped += names
        return budget
    taken: list[int] = []
    room = budget * SAME_AGAIN
    for key, pairs, large in _blocks(duck, keys):
        if pairs > WIDEST * records or room <= 0:
            found.skipped.append(names[key])
            continue
        room -= pairs
        taken.append(key)
        if large:
            found.capped[names[key]] = large
    return budget - _add(duck, taken)


def _blocks(duck: Engine, keys: list[Key]) -> list[tuple[int, int, int]]:
    """Fill table `blocks` (key, ids); of each key its number, its pairs and its blocks that are too large, by pairs."""
    listed = ", ".join(f"({number}, {a}, {b})" for number, (a, b) in enumerate(keys))
    duck.execute(
        f"""CREATE OR REPLACE TEMP TABLE blocks AS
        WITH keys AS (SELECT * FROM (VALUES {listed}) AS k(key, a, b)),
        held AS (
            SELECT key, id, term FROM keys JOIN terms ON cut = a WHERE b < 0
            UNION ALL
            SELECT key, x.id, hash(x.term, y.term) FROM keys
            JOIN terms x ON x.cut = a JOIN terms y ON y.cut = b AND y.id = x.id)
        SELECT key, list(id ORDER BY id) AS ids FROM held GROUP BY key, term HAVING count(*) > 1"""
    )
    return duck.sql(
        f"""SELECT key, coalesce(sum(n * (n - 1) // 2) FILTER (n <= {LARGEST_BLOCK}), 0)::BIGINT AS pairs,
                   count(*) FILTER (n > {LARGEST_BLOCK})
            FROM (SELECT key, len(ids) AS n FROM blocks) GROUP BY key ORDER BY pairs, key"""
    ).fetchall()


def _add(duck: Engine, keys: list[int]) -> int:
    """Add the pairs of the blocks of some keys; returns how many are new."""
    added = duck.execute(
        f"""INSERT INTO pairs
        WITH sides AS (SELECT ids, unnest(ids) AS l FROM blocks
                       WHERE len(ids) <= {LARGEST_BLOCK} AND key IN (SELECT unnest(?))),
        facing AS (SELECT l, unnest(ids) AS r FROM sides)
        SELECT DISTINCT l, r FROM facing WHERE l < r EXCEPT SELECT l, r FROM pairs""",
        [keys],
    ).fetchall()
    return int(added[0][0])
