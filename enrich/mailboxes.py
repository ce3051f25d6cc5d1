"""What a mailbox is: whose key, and whose kind."""

import re
from functools import cache
from typing import Any

from enrich.tables import table

FIRST_WORD = re.compile(r"[._-]")


def canonical(local: str, domain: str) -> str:
    """The key of an address (case-folded local part, ASCII domain) by its provider's rules."""
    rules = _providers().get(domain)
    if not rules:
        return f"{local}@{domain}"
    folded = local
    if rules["ignore_plus_tag"]:
        folded = folded.partition("+")[0]
    if rules["ignore_dots"]:
        folded = folded.replace(".", "")
    if rules["hyphen_is_dot"]:
        folded = folded.replace("-", ".")
    return f"{folded or local}@{rules['canonical']}"


def mailbox_kind(local: str, domain: str) -> str:
    """`role` (a department reads it), `disposable`, `free` (anyone may open one) or `corporate`."""
    if _is_role(local):
        return "role"
    if domain in _domains("disposable"):
        return "disposable"
    return "free" if domain in _domains("free") or domain in _providers() else "corporate"


def _is_role(local: str) -> bool:
    name = local.partition("+")[0].rstrip("0123456789").rstrip("._-")
    words = _role_words()
    return name in words or FIRST_WORD.split(name)[0] in words


@cache
def _role_words() -> frozenset[str]:
    return frozenset(table("role_mailboxes")["words"])


@cache
def _domains(kind: str) -> frozenset[str]:
    return frozenset(table("email_providers")[kind]["domains"])


@cache
def _providers() -> dict[str, dict[str, Any]]:
    return {domain: rules for rules in table("email_providers")["provider"] for domain in rules["domains"]}
