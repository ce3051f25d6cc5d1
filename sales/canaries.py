"""Canaries: in each batch of an owner one contact that is nobody, so that a batch that was copied names itself.

Its address, and its number where it has one, reach us and stand in no other batch: who uses them has this one. In all
else it is like the row it was modelled on.
"""

import logging
import re
import secrets
from collections.abc import Collection

import pandas as pd
from anyascii import anyascii

from leads import schema
from leads.sets import query
from sales.owners import Canary, Owners

log = logging.getLogger("leads")
# A contact with more points than a canary has would stand out by what the canary lacks.
SINGLE = ("other_phones", "other_emails", "messengers")
# What a request says behind its reason is somebody else's.
REQUEST = " — "
PLANTED = ("contact", "owner", "email", "phone")


def plant(rows: pd.DataFrame, owners: Owners, used: Collection[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The batch (DELIVERY_ROWS) with a canary for each owner in it who is to have one, and the canaries (PLANTED).

    `used`: the addresses and numbers of all canaries so far. Where no row of an owner is such that a canary could be
    like it, there is none, and the log says so.
    """
    planted, parts = [], []
    for owner, batch in rows.groupby("owner", sort=False):
        setting = owners[str(owner)].canary
        made = _made(batch, setting, used) if setting else None
        if setting and made is None:
            log.warning(
                "owner %s: no canary, for no row has an e-mail alone, or with a phone while a number is free",
                owner,
            )
        if made is None:
            parts.append(batch)
            continue
        place = secrets.randbelow(len(batch) + 1)
        parts += [batch.iloc[:place], pd.DataFrame([made]).astype(rows.dtypes), batch.iloc[place:]]
        planted.append({name: made[name] for name in PLANTED})
    whole = pd.concat(parts, ignore_index=True) if parts else rows
    return whole, pd.DataFrame(planted, columns=list(PLANTED)).astype(schema.TEXT)


def _made(batch: pd.DataFrame, setting: Canary, used: Collection[str]) -> dict[str, str | None] | None:
    """A row like one of the batch, of nobody; None where there is none to be like."""
    free = [phone for phone in setting.phones if phone not in used]
    models = batch[batch["email"].notna() & batch[list(SINGLE)].isna().all(axis="columns")]
    models = models if free else models[models["phone"].isna()]
    if models.empty:
        return None
    people = models[models["company"].isna() & models["name"].notna()]
    models = people if len(people) else models
    told = models.iloc[secrets.randbelow(len(models))]
    row: dict[str, str | None] = {name: None if pd.isna(cell) else str(cell) for name, cell in told.items()}
    name = secrets.choice(setting.names)
    given, *_, family = name.split()
    return row | {
        "contact": _id_like(str(row["contact"])), "name": name, "company": None,
        "given_name": row["given_name"] and given, "family_name": row["family_name"] and family,
        "email": _address(name, setting.domains, used), "phone": secrets.choice(free) if row["phone"] else None,
        "reason": str(row["reason"]).partition(REQUEST)[0], "evidence": row["evidence"] and _entry(batch["evidence"]),
    }  # fmt: skip


def _address(name: str, domains: Collection[str], used: Collection[str]) -> str:
    """An address that no canary had: like a person's, with a number in it."""
    local = re.sub(r"[^a-z]+", ".", anyascii(name).casefold()).strip(".")
    digits = 2
    while True:
        address = (
            f"{local}{secrets.randbelow(9 * 10 ** (digits - 1)) + 10 ** (digits - 1)}@{secrets.choice([*domains])}"
        )
        if address not in used:
            return address
        digits += 1


def _id_like(contact: str) -> str:
    """A UUIDv7 of the same millisecond: contacts of one load are such."""
    drawn = secrets.token_hex(16)
    return f"{contact[:14]}7{drawn[:3]}-{secrets.choice('89ab')}{drawn[3:6]}-{drawn[6:18]}"


def _entry(evidence: pd.Series) -> str:
    """The number of an entry of the ledger among those of the batch, that no other row names."""
    named = query(
        "SELECT DISTINCT CAST(unnest(regexp_extract_all(evidence, '\\d+')) AS BIGINT) AS n FROM said",
        said=evidence.dropna().to_frame("evidence"),
    )["n"]  # fmt: skip
    taken, first, last = set(named), int(named.min()), int(named.max())
    number = first + secrets.randbelow(last - first + 1)
    while number in taken:
        number += 1
    return str(number)
