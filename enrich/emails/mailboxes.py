"""What a mailbox is: whose key, and whose kind."""

import re
from functools import cache
from typing import NamedTuple

from disposable_email_domains import blocklist

from enrich.tables import table

# Between the words of a user name.
JOINTS = "._-"


class Rules(NamedTuple):
    """Which spellings a provider delivers to one mailbox: see `email_providers.toml`."""

    domains: tuple[str, ...]
    canonical: str | None = None
    ignored: str = ""
    tags: bool = False
    dash_is_dot: bool = False

    @property
    def keep_all(self) -> bool:
        """Is every spelling a mailbox of its own?"""
        return not (self.ignored or self.tags or self.dash_is_dot)


def canonical(local: str, domain: str) -> str:
    """The key of an address (case-folded local part, ASCII domain) by its provider's rules."""
    rules = all_rules()[provider_rules().get(domain, 0)]
    folded = local.partition("+")[0] if rules.tags else local
    folded = folded.translate(dict.fromkeys(map(ord, rules.ignored)))
    if rules.dash_is_dot:
        folded = folded.replace("-", ".")
    return f"{folded or local}@{rules.canonical or domain}"


def mailbox_kind(local: str, domain: str) -> str:
    """`role` (a department reads it), `disposable`, `free` (anyone may open one) or `corporate`."""
    return "role" if _role().fullmatch(local) else domain_kind(domain)


def domain_kind(domain: str) -> str:
    """What a mailbox on an ASCII domain is, unless it is a department's; below a throw-away domain all are."""
    known = known_kinds()
    kind = known.get(domain)
    while kind is None and "." in domain:
        domain = domain.partition(".")[2]
        kind = "disposable" if known.get(domain) == "disposable" else None
    return kind or "corporate"


@cache
def all_rules() -> tuple[Rules, ...]:
    """The rules of every provider, behind those of a domain that has none."""
    stated = table("email_providers")["provider"]
    return (Rules(()), *(Rules(**{**rules, "domains": tuple(rules["domains"])}) for rules in stated))


@cache
def provider_rules() -> dict[str, int]:
    """For each domain that has rules, their place in `all_rules`."""
    return {domain: place for place, rules in enumerate(all_rules()) for domain in rules.domains}


@cache
def free_domains() -> frozenset[str]:
    """The domains on which anyone may open a mailbox."""
    return frozenset(table("email_providers")["free"]["domains"]) | frozenset(provider_rules())


@cache
def role_pattern() -> str:
    """The local parts, in small letters, behind which a department sits; for Python's `re` and for RE2.

    A word of `role_mailboxes.toml`, with other words (`sales.moscow`) or a number (`info2`) behind it.
    """
    words = table("role_mailboxes")["words"]
    single = "|".join(word for word in words if not set(word) & set(JOINTS))
    joined = "|".join(map(re.escape, (word for word in words if set(word) & set(JOINTS))))
    return rf"(?:(?:{single})(?:[._\-][^+]*|[0-9]*)|(?:{joined})[._\-]*[0-9]*)(?:\+.*)?"


@cache
def _role() -> re.Pattern[str]:
    return re.compile(role_pattern())


@cache
def known_kinds() -> dict[str, str]:
    """Domain -> `free`, or `disposable` by the list of the package `disposable-email-domains` or our own."""
    disposable = [*blocklist, *table("email_providers")["disposable"]["domains"]]
    return dict.fromkeys(disposable, "disposable") | dict.fromkeys(free_domains(), "free")
