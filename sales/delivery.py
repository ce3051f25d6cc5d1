"""Deliveries: which contacts are due, what is handed over with each, and what stands in the way of the others.

`due` finds the reasons, `rows` makes the batch and the next steps, `digest` counts them, `write` makes the files.
"""

from collections.abc import Mapping

import pandas as pd
import pandera.pandas as pa

from leads import clock, schema
from leads.errors import LeadsError
from leads.sets import query
from sales import validity
from sales.headings import Words, headings, reader
from sales.owners import Owners
from sales.sheets import BATCH, NEXT, write
from sales.statements import BY_RULE, DUE, NEXT_STEPS, PERMITTED, ROWS, TASK

__all__ = ["digest", "due", "rows", "write"]

# The acts that are a reason of their own to talk to a known contact; a base or a listing is not their doing.
OWN_ACTS = ("web_form", "event")

# Channel, the contact point it uses, and what to do with it: first what sales prefer.
CHANNELS = (
    ("call", "phone", "call"),
    ("sms", "phone", "message"),
    ("messenger", "phone", "message"),
    ("messenger", "messenger", "message"),
    ("email", "email", "email"),
)


def _texts(name: str, *columns: str) -> pa.DataFrameSchema:
    fields = {column.rstrip("?"): pa.Column(schema.TEXT, nullable=column.endswith("?")) for column in columns}
    return pa.DataFrameSchema(fields, name=name, strict=True)


TOUCHES = _texts("TOUCHES", "contact", "lead_id", "source", "source_kind", "at")
DELIVERED = _texts("DELIVERED", "contact", "reason")

# A contact to hand over and one to leave alone for now. `reader` is the language the texts are written in.
DELIVERY_ROWS = _texts("DELIVERY_ROWS", "owner", "reader", *BATCH)
DELIVERY_NEXT_STEPS = _texts("DELIVERY_NEXT_STEPS", "owner", "reader", *NEXT)


def due(touches: pd.DataFrame, delivered: pd.DataFrame) -> pd.DataFrame:
    """Which contacts are due, and why: REASONS that are not yet in `delivered`.

    `touches`: contact, lead_id, source, source_kind, at: every lead of the contacts in question.
    `delivered`: contact, reason: every reason recorded with a delivery.

    A contact never delivered is due once as `first`, named after its newest own act, else after its first
    lead. Every own act (web form, event) not yet delivered is `answer:<lead id>`, also beside a `first`: `rows`
    hands a contact over once, under its leading reason, and recording all of them keeps the rest from
    coming again.
    """
    schema.check(TOUCHES, touches)
    schema.check(DELIVERED, delivered)
    own_acts = pd.DataFrame({"source_kind": schema.texts(OWN_ACTS)})
    return schema.check(schema.REASONS, query(DUE, touches=touches, delivered=delivered, own_acts=own_acts))


def rows(
    cards: pd.DataFrame,
    points: pd.DataFrame,
    decisions: pd.DataFrame,
    assignments: pd.DataFrame,
    reasons: pd.DataFrame,
    owners: Owners,
    titles: Mapping[str, str],
    at: str | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The batch (DELIVERY_ROWS) and the next steps (DELIVERY_NEXT_STEPS): each contact of `reasons` is in one.

    `cards` CARDS, `points` CARD_POINTS, `assignments` ASSIGNMENTS and `decisions` DECISIONS of one purpose, with
    reasons and mends in the language of the contact's owner, may know more contacts than `reasons`. `titles`:
    source -> its title; `at`: the moment of the decisions (UTC), now otherwise. A contact point appears only where a
    decision allows a channel to it and none denies the same. Raises LeadsError where a contact has no card or no active
    owner.
    """
    task = _task(cards, assignments, reasons, owners)
    schema.check(schema.CARD_POINTS, points)
    schema.check(schema.DECISIONS, decisions)
    if decisions["purpose"].nunique() > 1:
        raise _fault("the decisions are about several purposes", "Deliver each purpose by itself")
    permitted = query(
        PERMITTED, task=task, points=points, decisions=decisions, channels=_channels(), words=_words("review")
    )
    timings = validity.words(permitted, owners, at or clock.now())
    sources = pd.DataFrame({"source": schema.texts(titles), "title": schema.texts(titles.values())})
    said = _words("sentences")
    batch = query(ROWS, task=task, permitted=permitted, timings=timings, titles=sources, sentences=said)
    steps = query(NEXT_STEPS, task=task, permitted=permitted, points=points, decisions=decisions, sentences=said)
    return schema.check(DELIVERY_ROWS, batch), schema.check(DELIVERY_NEXT_STEPS, steps)


def digest(rows: pd.DataFrame, next_steps: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """What a delivery came to, to print: owner, outcome, rule, why, contacts (INT).

    `outcome` is `batch` or `next steps` (how many contacts of the owner are in it; rule and why are null), or
    `denied`: how many of the next steps a rule denied, and why in words; rule is null where no rule was asked.
    A contact denied under two rules counts under each.
    """
    denied = query(BY_RULE, next_steps=next_steps, decisions=decisions)
    owners = sorted({*rows["owner"], *next_steps["owner"]})
    counts = pd.DataFrame(
        {
            "owner": schema.texts(owner for owner in owners for _ in range(2)),
            "outcome": schema.texts(["batch", "next steps"] * len(owners)),
            "rule": schema.texts([None] * len(owners) * 2),
            "why": schema.texts([None] * len(owners) * 2),
            "contacts": pd.Series(
                [int((frame["owner"] == owner).sum()) for owner in owners for frame in (rows, next_steps)],
                dtype=schema.INT,
            ),
        }
    )
    return pd.concat([counts, denied], ignore_index=True).sort_values("owner", kind="stable", ignore_index=True)


def _task(cards: pd.DataFrame, assignments: pd.DataFrame, reasons: pd.DataFrame, owners: Owners) -> pd.DataFrame:
    """The cards of the contacts that are due, with owner, reader and leading reason."""
    schema.check(schema.CARDS, cards)
    schema.check(schema.ASSIGNMENTS, assignments)
    schema.check(schema.REASONS, reasons)
    active = {key: owner for key, owner in owners.items() if owner.active}
    owned = assignments[assignments["owner"].isin(list(active))]
    for known, what, do in ((cards, "a card", "Give their cards too"), (owned, "an active owner", "Assign them")):
        if missing := reasons.loc[~reasons["contact"].isin(known["contact"]), "contact"].nunique():
            raise _fault(f"{missing} contact(s) are due without {what}", f"{do}, then deliver again")
        if twice := int(known["contact"].duplicated().sum()):
            raise _fault(f"{twice} contact(s) have more than {what}", "A fault of the store, not of the data")
    readers = pd.DataFrame(
        {
            "owner": schema.texts(active),
            "reader": schema.texts(reader(owner.language) for owner in active.values()),
        }
    )
    return query(TASK, cards=cards, assignments=owned, reasons=reasons, owners=readers)


def _fault(what: str, do: str) -> LeadsError:
    return LeadsError(what, where="delivery", do=do)


def _words(section: str) -> pd.DataFrame:
    """One section of the headings as reader, key, text."""
    told = [
        (language, key, words.in_(language))
        for key, words in getattr(headings(), section).items()
        for language in Words.model_fields
    ]
    return pd.DataFrame(told, columns=["reader", "key", "text"]).astype(schema.TEXT)


def _channels() -> pd.DataFrame:
    """reader, channel, text (its name), type, step, place (INT): the channels a delivery knows.

    A channel that two types of contact points have is one channel, and has one place.
    """
    known = pd.DataFrame(CHANNELS, columns=["key", "type", "step"]).astype(schema.TEXT)
    known["place"] = pd.Series(pd.factorize(known["key"])[0], dtype=schema.INT)
    return known.merge(_words("channels"), on="key").rename(columns={"key": "channel"})
