"""The web domain of an organisation, from its website or else from its corporate e-mail.

Registrable domains are those of the public suffix list that tldextract ships; nothing is fetched.
"""

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import idna
import pandas as pd

from enrich.distinct import read_each
from enrich.emails.mailboxes import domain_kind
from enrich.markers import is_empty_marker
from enrich.tables import table

if TYPE_CHECKING:
    from tldextract import TLDExtract

# Of a website's text; what is longer is no address of a site.
LONGEST = 2_000
SCHEME = re.compile(r"\s*(?:[a-z]*:?/+|(?:url|web|www|сайт|site)\s*[:=]\s*)?", re.IGNORECASE)
HOST = re.compile(r"[^\s/?#,;|:\\()<>\"']+")
# A host name in ASCII (RFC 1123), with a dot.
VALID = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]\Z")


class Domain(NamedTuple):
    """The registrable domain in IDNA ASCII, lower case."""

    domain: str | None = None


def read_domains(cells: pd.DataFrame) -> pd.DataFrame:
    """`lead_id`, `website` (as stated), `email` (the first corporate address) -> `lead_id` and `domain`, row by row.

    A website that is no address, or a page on a platform such as a social network, has no domain; nor has an address
    on which anyone may open a mailbox.
    """
    hosts = cells[["website"]].assign(mail=cells["email"].str.replace(r"^.*@", "", regex=True))
    read = read_each(hosts, ["website", "mail"], Domain._fields, read_domain)
    return pd.concat([cells[["lead_id"]].reset_index(drop=True), read], axis=1)


def read_domain(website: str | None, mail: str | None) -> Domain:
    """The domain of a website, else of what stands behind the @ of an address."""
    return Domain(_of_website(website) or _of_mail(mail))


def _of_website(text: str | None) -> str | None:
    if not text or len(text) > LONGEST or is_empty_marker(text):
        return None
    scheme = SCHEME.match(text)
    stated = HOST.match(text, scheme.end() if scheme else 0)
    if not stated:
        return None
    _, at, host = stated[0].rpartition("@")
    if at:
        return _of_mail(host)
    domain = _registrable(host)
    return None if domain in _platforms() else domain


def _of_mail(host: str | None) -> str | None:
    domain = _registrable(host) if host else None
    return domain if domain and domain_kind(domain) == "corporate" else None


@lru_cache(maxsize=65_536)
def _registrable(host: str) -> str | None:
    try:
        name = host.strip(".").lower()
        name = name if name.isascii() else idna.encode(name, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None
    if not VALID.match(name):
        return None
    return _extract()(name).top_domain_under_public_suffix or None


@cache
def _extract() -> "TLDExtract":
    # Not at the top: it takes longer to import than a look-up may.
    from tldextract import TLDExtract

    return TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)


@cache
def _platforms() -> frozenset[str]:
    return frozenset(table("websites")["platforms"])
