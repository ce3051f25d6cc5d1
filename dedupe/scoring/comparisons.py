"""The levels on which two values of one kind agree, in DuckDB's SQL, and what each is worth before any training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dedupe.evidence.kinds import LISTS, Evidence

# `{x}` stands for the evidence's column: `{x}_l` on the left, `{x}_r` on the right.
JW = "jaro_winkler_similarity({x}_l, {x}_r)"
EDITS = "levenshtein({x}_l, {x}_r)"
WORDS = "len(list_intersect({x}_w_l, {x}_w_r))"
# One bit for each word: most pairs without a word in common are told by it at once.
BITS = "bit_count({x}_b_l & {x}_b_r)"
FEWER = "least(len({x}_w_l), len({x}_w_r))"
ADDRESS = "jaro_winkler_similarity({x}_l[1], {x}_r[1])"
# Addresses that are alike but for a number in them are two people's: whoever is called as somebody else takes one.
NO_NUMBERS = "translate({x}_l[1], '0123456789', '') <> translate({x}_r[1], '0123456789', '')"
NEAR_ADDRESS = f"""{NO_NUMBERS}
    AND (levenshtein({{x}}_l[1], {{x}}_r[1]) <= 1 OR {{x}}_d_l = {{x}}_d_r AND {ADDRESS} >= 0.9)"""
BEFORE = "split_part({x}_l[1], '@', 1)"
# Without a number in it, what stands before the @ says little more than the name.
SAME_BEFORE = f"{BEFORE} = {BEFORE.replace('_l', '_r')} AND regexp_matches({BEFORE}, '[0-9]')"
SAME_PART = "substr({x}_l, 1, 4) = substr({x}_r, 1, 4) OR substr({x}_l, 5) = substr({x}_r, 5)"
# Of all words of both sides .6, .5 are common ones, where these are .375 and 1/3 of both sides' words together: a list
# is gone through once and not for each mention of it. No more are common than the side with fewer has.
BOTH = "(len({x}_w_l) + len({x}_w_r))"
NEARLY_ALL = f"{BITS} >= 2 AND {WORDS} >= greatest(2, least({FEWER}, 0.375 * {BOTH}))"


@dataclass(frozen=True)
class Level:
    """`sql` over a pair, and the share of same (`m`) and random (`u`) pairs on it; `exact`: rare values count more."""

    name: str
    sql: str
    m: float
    u: float
    exact: bool = False


SWAPPED = Level("swapped", "{given}_l = {family}_r AND {family}_l = {given}_r", 0.01, 0.00001)
PET = Level("pet name", "list_has_any({x}_f_l, {x}_f_r)", 0.05, 0.005)
ELSE = "ELSE"
LEVELS: dict[str, tuple[Level, ...]] = {
    "given": (
        Level("equal", "{x}_l = {x}_r", 0.75, 0.01, exact=True),
        PET,
        SWAPPED,
        Level("nearly equal", f"{JW} >= 0.9", 0.1, 0.005),
        Level("initial", "starts_with({x}_l, {x}_r) OR starts_with({x}_r, {x}_l)", 0.02, 0.005),
        Level("alike", f"{JW} >= 0.8", 0.03, 0.02),
        Level("hardly alike", f"{JW} >= 0.65", 0.02, 0.05),
        Level("different", ELSE, 0.05, 0.95),
    ),
    "family": (
        Level("equal", "{x}_l = {x}_r", 0.8, 0.003, exact=True),
        SWAPPED,
        Level("nearly equal", f"{JW} >= 0.9", 0.1, 0.004),
        Level("alike", f"{JW} >= 0.8", 0.04, 0.02),
        Level("hardly alike", f"{JW} >= 0.65", 0.02, 0.05),
        Level("different", ELSE, 0.05, 0.97),
    ),
    "name": (
        Level("equal", "{x}_l = {x}_r", 0.6, 0.002, exact=True),
        Level("same words", f"{{x}}_s_l = {{x}}_s_r OR {JW} >= 0.94", 0.12, 0.001),
        Level("nearly all words", NEARLY_ALL, 0.12, 0.001),
        Level("nearly equal", f"{JW} >= 0.87 OR {BITS} >= 1 AND 3 * {WORDS} >= {BOTH}", 0.05, 0.004),
        Level("a rare word", f"{BITS} >= 1 AND list_has_any({{x}}_k_l, {{x}}_k_r)", 0.05, 0.003),
        Level("some words", f"{JW} >= 0.78 OR {BITS} >= 1 AND list_has_any({{x}}_w_l, {{x}}_w_r)", 0.03, 0.06),
        Level("different", ELSE, 0.05, 0.93),
    ),
    "date": (
        Level("equal", "{x}_l = {x}_r", 0.8, 0.0005, exact=True),
        Level("one digit apart", f"{EDITS} <= 1", 0.1, 0.001),
        Level("two digits apart", f"{EDITS} <= 2", 0.04, 0.02),
        Level("same year or day", SAME_PART, 0.03, 0.02),
        Level("different", ELSE, 0.03, 0.96),
    ),
    "code": (
        Level("equal", "{x}_l = {x}_r", 0.8, 0.005, exact=True),
        Level("one sign apart", f"length({{x}}_l) >= 3 AND length({{x}}_r) >= 3 AND {EDITS} <= 1", 0.08, 0.005),
        Level("two signs apart", f"length({{x}}_l) >= 6 AND length({{x}}_r) >= 6 AND {EDITS} <= 2", 0.02, 0.001),
        Level("different", ELSE, 0.1, 0.99),
    ),
    "word": (
        Level("equal", "{x}_l = {x}_r", 0.8, 0.05, exact=True),
        Level("nearly equal", f"{JW} >= 0.88", 0.08, 0.02),
        Level("different", ELSE, 0.12, 0.93),
    ),
    "phone": (
        Level("equal", "list_has_any({x}_l, {x}_r)", 0.6, 0.0001),
        Level("shared", "list_has_any({x}_c_l, {x}_c_r)", 0.1, 0.002),
        Level("one digit apart", "length({x}_l[1]) >= 6 AND levenshtein({x}_l[1], {x}_r[1]) <= 1", 0.03, 0.0001),
        Level("different", ELSE, 0.27, 0.99),
    ),
    "email": (
        Level("equal", "list_has_any({x}_l, {x}_r)", 0.6, 0.0001),
        Level("shared", "list_has_any({x}_c_l, {x}_c_r)", 0.1, 0.002),
        Level("nearly equal", NEAR_ADDRESS, 0.1, 0.0001),
        Level("same before the @", SAME_BEFORE, 0.04, 0.0001),
        Level("different", ELSE, 0.2, 0.99),
    ),
}  # fmt: skip
LEVELS["patronymic"] = tuple(level for level in LEVELS["family"] if level is not SWAPPED)
LEVELS["text"] = LEVELS["name"]
LEVELS["firm"] = tuple(level for level in LEVELS["name"] if level.name != "a rare word")
LEVELS["account"] = tuple(level for level in LEVELS["phone"] if level.name in ("equal", "shared", "different"))


@dataclass(frozen=True)
class Comparison:
    """One piece of evidence, the column `e<place>` of the records, and the levels it is compared on."""

    place: int
    evidence: Evidence
    levels: tuple[Level, ...]


def comparisons(evidence: Sequence[Evidence]) -> list[Comparison]:
    """A comparison for each piece of evidence, in their order."""
    columns: dict[str, str] = {one.kind: f"e{place}" for place, one in enumerate(evidence)}
    both = {"given", "family"} <= columns.keys()
    return [
        Comparison(place, one, tuple(
            replace(level, sql=_filled(level.sql, {"x": f"e{place}", **columns}))
            for level in LEVELS[one.kind]
            if (both or level is not SWAPPED) and (one.root or level is not PET)
        ))
        for place, one in enumerate(evidence)
    ]  # fmt: skip


def _filled(sql: str, columns: Mapping[str, str]) -> str:
    for name in ("x", "given", "family"):
        sql = sql.replace("{" + name + "}", columns.get(name, ""))
    return sql


def missing(one: Comparison) -> str:
    """SQL over a pair: does either side say nothing?"""
    x = f"e{one.place}"
    if one.evidence.kind in LISTS:
        return f"coalesce({x}_l, {x}_c_l) IS NULL OR coalesce({x}_r, {x}_c_r) IS NULL"
    return f"{x}_l IS NULL OR {x}_r IS NULL"
