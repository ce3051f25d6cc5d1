"""How alike leads are by a kept model: what each piece of evidence says of a pair, and what stands against it."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from dedupe.candidates import shared
from dedupe.evidence.kinds import prepared
from dedupe.evidence.readings import EVIDENCE
from dedupe.scoring import scores
from dedupe.scoring.comparisons import Comparison, comparisons
from dedupe.scoring.weights import Model
from leads import schema
from leads.sets import opened


@dataclass(frozen=True)
class Weighed:
    """Pairs of leads, one row of each of the arrays for each.

    `pairs`: lead_id, other_lead_id; `vetoed`: they are not one; `barred`: only a person may join them; `unlike`: so it
    is where nothing of one's own is `equal`; `partial`: one of the names is not full; `attached`: and it says nothing
    else than the other, on the same phone, e-mail or profile; `said`: what agrees, in words, with its bits. `bits` and
    `related`: by evidence, for being one and for being related (NaN where it is missing); `odds`: the bits of either
    before anything is known.
    """

    pairs: pd.DataFrame
    bits: np.ndarray
    related: np.ndarray
    odds: tuple[float, float]

    @property
    def weight(self) -> np.ndarray:
        """The match weight of each pair: log2 of the odds that it is one."""
        return weight(np.nansum(self.bits, axis=1), np.nansum(self.related, axis=1), self.odds)


def joined(parts: Sequence[Weighed]) -> Weighed:
    """Several of one model as one."""
    return Weighed(
        pd.concat([one.pairs for one in parts], ignore_index=True), np.concatenate([one.bits for one in parts]),
        np.concatenate([one.related for one in parts]), parts[0].odds,
    )  # fmt: skip


def weight(bits: np.ndarray, related: np.ndarray, odds: tuple[float, float]) -> np.ndarray:
    """Against the odds of being one stand those of being strangers, and those of being related."""
    return np.asarray(odds[0] + bits - np.logaddexp2(0, odds[1] + related))


def weigh(
    readings: pd.DataFrame,
    pairs: pd.DataFrame,
    kind: str,
    model: Model,
    shares: pd.DataFrame,
    offices: Collection[str],
    least: float,
) -> Weighed:
    """Weigh `pairs` (lead_id, other_lead_id) of READINGS, all of one `kind`, and all who have their values among them.

    `shares` say how common values are (`dedupe.evidence.terms`), `offices` which phones and e-mails are nobody's own.
    Pairs of less weight than `least` are left out.
    """
    evidence = EVIDENCE[kind]
    of = comparisons(evidence)
    odds = (math.log2(model.same / (1 - model.same)), math.log2(model.related / (1 - model.related)))
    with opened(max(len(readings), len(pairs))) as duck:
        # No level here asks how common a word or a domain is among these few leads.
        duck.register("given", prepared(readings, evidence, [()] * len(evidence)))
        duck.execute("CREATE TEMP TABLE records AS SELECT * FROM given")
        duck.register("stated", pa.Table.from_pandas(readings, preserve_index=False))
        duck.execute("CREATE TEMP TABLE leads AS SELECT row_number() OVER () AS id, * FROM stated")
        duck.register("wanted", pa.Table.from_pandas(pairs, preserve_index=False))
        shared.part_shared(duck, evidence, frozenset(), offices)
        # Addresses of one domain are alike by that alone: one slip makes two of them one, and no more.
        duck.execute(f"ALTER TABLE records ALTER COLUMN {_domain(of)} SET DATA TYPE VARCHAR USING NULL")
        duck.execute("""CREATE TEMP TABLE pairs AS SELECT DISTINCT least(a.id, b.id)::INTEGER AS l,
                               greatest(a.id, b.id)::INTEGER AS r
                        FROM wanted w JOIN leads a ON a.lead_id = w.lead_id
                        JOIN leads b ON b.lead_id = w.other_lead_id WHERE a.id <> b.id""")
        scores.pieces(duck, of, model, shares)
        cells = duck.sql("SELECT * FROM weighed ORDER BY l, r").fetchnumpy()
        bits, related = (_column_stack([cells[f"{side}{one.place}"] for one in of]) for side in "bq")
        heavy = weight(np.nansum(bits, axis=1), np.nansum(related, axis=1), odds) >= least
        duck.register("heavy", pa.table({"l": cells["l"][heavy], "r": cells["r"][heavy]}))
        found = schema.arrow(duck.sql(_told(of, model)).to_arrow_table())
    return Weighed(found, bits[heavy], related[heavy], odds)


def _column_stack(columns: list[np.ndarray]) -> np.ndarray:
    return np.column_stack([np.ma.filled(np.ma.asarray(column, float), np.nan) for column in columns])


def _domain(of: Sequence[Comparison]) -> str:
    return next(f"e{one.place}_d" for one in of if one.evidence.kind == "email")


def _told(of: Sequence[Comparison], model: Model) -> str:
    """Of each pair who it is, what stands against it, and what agrees."""
    differs = " OR ".join(["false", *(f"gamma_e{place} = 0" for place in model.forbidding)])
    tops = {one.evidence.column: f"gamma_e{one.place} = {len(one.levels) - 1}" for one in of}
    names = [
        f"gamma_e{one.place} = {len(one.levels) - 1 - place}"
        for one in of if one.evidence.column in ("family", "given")
        for place, level in enumerate(one.levels) if level.name in UNLIKE
    ]  # fmt: skip
    equal, values = (" OR ".join(top for column, top in tops.items() if column in own) for own in (OF_ONE, VALUES))
    return f"""
        SELECT a.lead_id, b.lead_id AS other_lead_id, coalesce({differs}, false) AS vetoed,
               {BARRED} AS barred, coalesce({" OR ".join(names) or "false"}, false) AS unlike,
               coalesce({equal}, false) AS equal, {PARTIAL} AS partial,
               {PARTIAL} AND coalesce({values}, false) AND ({SAYS_NO_ELSE}) AS attached, {_words(of)} AS said
        FROM weighed w JOIN heavy USING (l, r) JOIN leads a ON a.id = w.l JOIN leads b ON b.id = w.r
        ORDER BY w.l, w.r"""


# Names that are not the same are one person's only where something of one's own is equal: colleagues share firm, town
# and domain, and have numbers in a row. A pet name, or names that were swapped, are the same.
UNLIKE = ("nearly equal", "initial", "alike", "hardly alike")
VALUES = ("phone", "email", "profile")
OF_ONE = (*VALUES, "birthday")
# Two birthdays, two genders, two numbers in one register, two given names that are known and none a pet form of the
# other: Maria is not Marina.
_OF = "list_filter(string_split({}.registrations, '|'), lambda x: starts_with(x, reg))"
_REGISTERS = (
    "list_distinct(list_transform(string_split(a.registrations, '|'), lambda x: split_part(x, ':', 1) || ':'))"
)
_ROOTS = "list_has_any(string_split(a.root, chr(10)), string_split(b.root, chr(10)))"
BARRED = f"""(coalesce(a.birthday <> b.birthday, false) OR coalesce(a.gender <> b.gender, false)
    OR coalesce(NOT {_ROOTS}, false)
    OR coalesce(len(list_filter({_REGISTERS}, lambda reg: len({_OF.format("b")}) > 0
        AND NOT list_has_any({_OF.format("a")}, {_OF.format("b")}))) > 0, false))"""
# Whose name is not full may be one of several people.
_FULL = "(coalesce(length({0}.family), 0) > 1 AND coalesce(length({0}.given), 0) > 1)"
PARTIAL = f"(a.kind = 'person' AND NOT ({_FULL.format('a')} AND {_FULL.format('b')}))"

# A name that is not full, of {0}, has only what the full one of {1} has; or both have the same of it.
_HAS = "list_has_all(string_split(concat_ws(' ', {1}.family, {1}.given), ' '), string_split({0}, ' '))"
_WITHIN = f"""({_FULL.format("{1}")} AND ({{0}}.family IS NULL OR {_HAS.format("{0}.family", "{1}")})
    AND ({{0}}.given IS NULL OR {_HAS.format("{0}.given", "{1}")} OR length({{0}}.given) = 1
         AND len(list_filter([{{1}}.family, {{1}}.given], lambda name: starts_with(name, {{0}}.given))) > 0))"""
SAYS_NO_ELSE = f"""{_WITHIN.format("a", "b")} OR {_WITHIN.format("b", "a")}
    OR a.family IS NOT DISTINCT FROM b.family AND a.given IS NOT DISTINCT FROM b.given"""


def _words(of: Sequence[Comparison]) -> str:
    """`surname equal +10.5, city equal +2.4, phone different -1.9`: an SQL text over the levels of a pair."""
    said = []
    for one in of:
        label, bits = (one.evidence.label or one.evidence.column).replace("'", "''"), f"b{one.place}"
        cases = " ".join(
            f"WHEN {len(one.levels) - 1 - place} THEN '{level.name}'" for place, level in enumerate(one.levels)
        )
        said.append(
            f"CASE WHEN {bits} IS NOT NULL THEN '{label} ' || CASE gamma_e{one.place} {cases} END || "
            f"printf(' %+.1f', {bits}) END"
        )
    return f"concat_ws(', ', {', '.join(said)})"
