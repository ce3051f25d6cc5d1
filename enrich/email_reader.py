"""One e-mail address as people write it -> its key, by email-validator.

Imports nothing slow: the commands that look one address up start with it.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES, DOT_ATOM_TEXT, EMAIL_MAX_LENGTH

from enrich.alphabets import mixes_alphabets
from enrich.mailboxes import canonical, mailbox_kind

MAX_LENGTH = EMAIL_MAX_LENGTH
IN_ANGLES = re.compile(r"[^<>]*<([^<>]*)>[\s.]*", re.DOTALL)
LABEL = re.compile(r"\s*(?:mailto:|e-?mail:|mail:|почта:|эл\. почта:)\s*", re.IGNORECASE)

# The reasons of email-validator without the value that its messages quote; the first phrase found counts.
REASONS = (
    ("must have an @-sign", "no @"),
    ("instead of a regular at-sign", "no @"),
    ("something before the @-sign", "nothing before @"),
    ("something after the @-sign", "nothing after @"),
    ("too long", "too long"),
    ("so many characters", "too long"),
    ("should have a period", "domain without dot"),
    ("top-level domain", "no top-level domain"),
    ("special-use or reserved", "reserved domain"),
    ("bracket", "address in brackets"),
    ("after the email address", "text behind the address"),
    ("Quoting", "quoted"),
    ("quote", "quoted"),
    ("unsafe characters", "hidden character"),
    ("invalid characters", "forbidden character"),
    ("IDNA", "domain not valid"),
    ("is invalid", "domain not valid"),
    ("period", "misplaced dot or hyphen"),
    ("hyphen", "misplaced dot or hyphen"),
    ("dashes", "misplaced dot or hyphen"),
)


class Address(NamedTuple):
    """An address read: `value` to compare by, `display` as email-validator writes it, `kind` of mailbox, `flag` why
    it is not usable. `value` and `display` are null where the address is not valid."""

    value: str | None = None
    display: str | None = None
    kind: str | None = None
    flag: str | None = None


class Domain(NamedTuple):
    """A domain as email-validator reads it: Unicode and IDNA ASCII form, or the reason why it is none."""

    shown: str = ""
    ascii: str = ""
    flag: str | None = None


def read_address(text: str) -> Address:
    """The address that `text` states, bare, behind `mailto:` or as `Name <address>`."""
    text = _bare(text)
    if len(text) > MAX_LENGTH:
        return Address(flag="too long")
    local, at, domain = text.partition("@")
    if at and DOT_ATOM_TEXT.match(local):
        return _plain(local, domain)
    try:
        valid = validate_email(text, check_deliverability=False)
    except EmailNotValidError as error:
        return Address(flag=_reason(str(error)))
    return _address(valid.local_part, Domain(valid.domain, valid.ascii_domain))


def _bare(text: str) -> str:
    if angles := IN_ANGLES.fullmatch(text):
        text = angles[1].strip()
    if label := LABEL.match(text):
        text = text[label.end() :]
        text = text.partition("?")[0] if "mailto" in label[0].casefold() else text
    return text


def _plain(local: str, domain: str) -> Address:
    """The same as email-validator says: a plain ASCII local part needs no check of its own but the lengths."""
    read = _domain(domain)
    if read.flag:
        return Address(flag=read.flag)
    # RFC 2142, as email-validator does it.
    if local.lower() in CASE_INSENSITIVE_MAILBOX_NAMES:
        local = local.lower()
    longest = max(len(form.encode()) for form in (domain, read.shown, read.ascii))
    if len(local) + 1 + longest > MAX_LENGTH:
        return Address(flag="too long")
    return _address(local, read)


@lru_cache(maxsize=1 << 16)
def _domain(domain: str) -> Domain:
    try:
        valid = validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError as error:
        return Domain(flag=_reason(str(error)))
    return Domain(valid.domain, valid.ascii_domain)


def _address(local: str, domain: Domain) -> Address:
    folded = unicodedata.normalize("NFKC", local)
    flag = None
    if mixes_alphabets(local, domain.shown):
        flag = "mixed alphabets"
    elif folded != local:
        flag = "unusual characters"
    folded = folded.casefold()
    return Address(
        value=canonical(folded, domain.ascii),
        display=f"{local}@{domain.shown}",
        kind=mailbox_kind(folded, domain.ascii),
        flag=flag,
    )


def _reason(message: str) -> str:
    return next((reason for phrase, reason in REASONS if phrase in message), "not valid")
