"""What `leads may-contact` answers. It starts at once: no Prefect, no pandas."""

from collections.abc import Iterator
from typing import Any, get_args

from sqlalchemy import Connection

from consent import registries, words
from consent.gate import Event, Question, Verdict, judge
from consent.policy import Packs, load_packs
from consent.standing import ANY, RESTRICTED
from consent.then import packs_at
from leads import clock
from leads.cli.look import find_contacts
from leads.errors import LeadsError
from leads.settings import settings
from leads.source import Channel, Purpose
from store import erasure, relations, trail
from store.engine import open_store, reading
from store.registries import snapshots

# The types of contact point a channel uses; a letter needs none.
TYPES = {"email": ("email",), "messenger": ("phone", "messenger"), "post": ("post",)}
BY_PHONE = ("phone",)
ADDRESSES = ("postal_address", "address", "street")

Row = dict[str, Any]


def answers(key: str, channel: str, purpose: str, at: str | None) -> list[Row]:
    """The answer for each contact point behind `key` that the channel can use.

    Raises LeadsError for a word that is none, a moment that is none, and where there is nothing to use.
    """
    for given, known in ((channel, get_args(Channel)), (purpose, get_args(Purpose))):
        if given not in known:
            raise LeadsError(f"unknown word '{given}'", do=f"Choose one of {', '.join(known)}")
    try:
        moment = clock.utc(clock.parse(at)) if at else clock.now()
    except ValueError:
        raise LeadsError("--at is no moment", do="Write it as 2026-11-22T09:00:00+01:00") from None
    packs = load_packs(settings().config_dir / "policy")
    with reading(open_store(settings().database_url)) as connection:
        packs, then = packs_at(connection, moment, packs) if at else (packs, False)
        type_, value, contacts = find_contacts(connection, key)
        found = [
            answer | {"policy": "then" if then else "today"}
            for contact in contacts
            for answer in _of_contact(connection, contact, (type_, value), channel, purpose, moment, packs)
        ]
    if not found:
        wanted = " or ".join(TYPES.get(channel, BY_PHONE))
        raise LeadsError(f"the contact has no {wanted} to use for {channel}", do="Ask about another channel")
    return found


def holds(answer: Row) -> str:
    """Until when and in which hours an allow holds, in few words; empty for a denial."""
    if answer["verdict"] != "allow":
        return ""
    until = f"until {answer['valid_until'][:16]}Z" if answer["valid_until"] else ""
    zones = answer["zones"]
    where = f" ({zones[0] if len(zones) == 1 else f'in all of {len(zones)} time zones'})" if zones else ""
    return "; ".join(filter(None, [until, f"{answer['hours']}{where}" if answer["hours"] else ""]))


def _of_contact(
    connection: Connection,
    contact: str,
    asked: tuple[str, str],
    channel: str,
    purpose: str,
    moment: str,
    packs: Packs,
) -> Iterator[Row]:
    shown = trail.contact(connection, contact)
    known = relations.situation(connection, contact, moment)
    made = tuple(
        at for used, at in relations.contacts_made(connection, contact) if used == channel and at <= moment
    )
    promises = tuple(
        ((name, said.version), said.frequency)
        for name, said in relations.said(connection).items()
        if said.frequency
    )
    for point, told in _points(shown, channel, asked):
        number = point["value"] if point["type"] in ("phone", "messenger") else None
        stated = {country for country in (point["region"], shown["country"]) if country}
        question = Question(
            channel, purpose, tuple(sorted(stated or set(known.source_regions))), known.audience,
            sources=tuple(known.source_kinds), number=number,
            kind=point["kind"], country=known.country, region=known.region_code,
            customer_at=known.customer_at, enquired_at=known.enquired_at,
            listed=tuple(registries.listing(connection, point["type"], point["value"], moment)),
            snapshots=tuple(snapshots(connection, moment).items()), contacted=made, promises=promises,
        )  # fmt: skip
        events = [event for event in trail.events(connection, told) if event["recorded_time"] <= moment]
        history = [Event(*(row[name] for name in Event._fields)) for row in events]
        history += _restriction(connection, contact, point, moment)
        yield _row(contact, point, question, judge(question, history, packs, moment), moment)


def _restriction(connection: Connection, contact: str, point: Row, moment: str) -> list[Event]:
    """Behind all that was said: this person waits for erasure, or somebody does who has this contact point too."""
    meant = {(point["type"], point["value"]), ("phone", f"+{point['value'].partition(':+')[2]}")}
    waiting = erasure.restricted(connection, moment)
    since = [at for whose, type_, value, at in waiting if whose == contact or (type_, value) in meant]
    return [Event("", RESTRICTED, ANY, ANY, min(since), "")] if since else []


def _points(shown: Row, channel: str, asked: tuple[str, str]) -> Iterator[tuple[Row, list[Row]]]:
    """The points a channel can use, each with those whose history counts: a letter goes to the person behind all."""
    wanted = TYPES.get(channel, BY_PHONE)
    if channel == "post":
        if any(shown[field] for field in ADDRESSES):
            yield {"type": "post", "value": "postal address", "region": None, "kind": None}, shown["points"]
        return
    for point in shown["points"]:
        if point["type"] in wanted and (asked[0] not in wanted or asked == (point["type"], point["value"])):
            yield point, [point]


def _row(contact: str, point: Row, question: Question, verdict: Verdict, moment: str) -> Row:
    language = settings().language
    said = ("verdict", "rule", "pack", "statute", "review", "reason", "evidence", "valid_until", "hours")
    return {
        "contact": contact, "type": point["type"], "value": point["value"], "channel": question.channel,
        "purpose": question.purpose, "at": moment, "audience": question.audience,
        "jurisdictions": list(question.jurisdictions), **{name: getattr(verdict, name) for name in said},
        "zones": list(verdict.zones), "conditions": list(verdict.conditions),
        "why": words.reason(verdict.reason, verdict.parameters, language),
        "mend": words.mend(verdict.mend, verdict.parameters, language),
    }  # fmt: skip
