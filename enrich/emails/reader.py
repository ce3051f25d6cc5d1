"""One e-mail address as people write it -> its key, by email-validator.

Imports nothing slow: the commands that look one address up start with it.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES, DOT_ATOM_TEXT, EMAIL_MAX_LENGTH

from enrich.alphabets import why_doubtful
from enrich.emails.mailboxes import canonical, domain_kind, free_domains, mailbox_kind
from enrich.emails.slips import meant_domain

MAX_LENGTH = EMAIL_MAX_LENGTH
# With a name before it; what is longer is not read.
LONGEST_TEXT = 2_000
IN_ANGLES = re.compile(r"[^<>]*<([^<>]*)>[\s.,;]*", re.DOTALL)
LABELS = r"mailto:|e-?mail:|mail:|почта:|эл\. почта:"
LABEL = re.compile(rf"\s*(?:{LABELS})\s*", re.IGNORECASE)
# What text and lists leave around an address. No address that is valid with it is read without.
UNSEEN = "\u200b\u2060\ufeff"
BEFORE, BEHIND = UNSEEN + " '\"([{<«„“‘`", UNSEEN + " '\")]}>»“”’`.,;:!?*"
AROUND_AT = re.compile(r"\s*@\s*")
# With these, the first @ need not be the one.
QUOTING = re.compile('["<]')
# In characters, of at most four bytes each: with a short domain behind it surely no longer than an address may be.
LONGEST_LOCAL = 60
REPAIRED = "repaired: "
TOO_LONG = "too long"
UNUSUAL = "unusual characters"
MISSPELT = "misspelt domain: perhaps "

# The reasons of email-validator without the value that its messages quote; the first phrase found counts.
REASONS = (
    ("must have an @-sign", "no @"),
    ("instead of a regular at-sign", "no @"),
    ("something before the @-sign", "nothing before @"),
    ("something after the @-sign", "nothing after @"),
    ("too long", TOO_LONG),
    ("so many characters", TOO_LONG),
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
    it is not usable or how it was repaired. `value` and `display` are null where the address is not valid."""

    value: str | None = None
    display: str | None = None
    kind: str | None = None
    flag: str | None = None


class Domain(NamedTuple):
    """A domain as email-validator reads it: Unicode and IDNA ASCII form, or the `fault` for which it is none; and of a
    valid one the `kind` of its mailboxes and the `doubt` for which they are not used."""

    shown: str | None = None
    ascii: str | None = None
    fault: str | None = None
    kind: str | None = None
    doubt: str | None = None


def read_address(text: str) -> Address:
    """The address that `text` states, bare, behind `mailto:` or as `Name <address>`.

    What is not valid as it stands is read without the punctuation around it and the blanks beside the @, and flagged
    `repaired: punctuation` or `repaired: blanks` if it is valid then. A misspelt domain is not changed: the flag is
    `misspelt domain: perhaps gmail.com`.
    """
    if len(text) > LONGEST_TEXT:
        return Address(flag=TOO_LONG)
    text = bare(text)
    read = _read(text)
    if read.value is None and len(text) <= MAX_LENGTH:
        mended, repair = _mended(text)
        if repair and (again := _read(bare(mended))).value:
            return again._replace(flag=again.flag or REPAIRED + repair)
    return read


def bare(text: str) -> str:
    """`text` without a name, angle brackets or label around the address."""
    if angles := IN_ANGLES.fullmatch(text):
        text = angles[1].strip()
    if label := LABEL.match(text):
        text = text[label.end() :]
        text = text.partition("?")[0] if "mailto" in label[0].casefold() else text
    return text


def _mended(text: str) -> tuple[str, str]:
    alone = text.lstrip(BEFORE).rstrip(BEHIND)
    closed = AROUND_AT.sub("@", alone) if alone.count("@") == 1 else alone
    repairs = [name for name, done in (("punctuation", alone != text), ("blanks", closed != alone)) if done]
    return closed, ", ".join(repairs)


def _read(text: str) -> Address:
    if len(text) > MAX_LENGTH:
        return Address(flag=TOO_LONG)
    local, at, domain = text.partition("@")
    if at and not QUOTING.search(text) and len(local) <= LONGEST_LOCAL:
        return _read_apart(local, domain)
    try:
        valid = validate_email(text, check_deliverability=False)
    except EmailNotValidError as error:
        return Address(flag=_reason(str(error)))
    return _address(valid.local_part, _described(valid.domain, valid.ascii_domain))


def _read_apart(local: str, domain: str) -> Address:
    """The same as email-validator says, with each domain read once: the local part is told first, the lengths last."""
    if DOT_ATOM_TEXT.match(local):
        # RFC 2142, as email-validator does it. A plain local part needs no other check.
        name = local.lower() if local.lower() in CASE_INSENSITIVE_MAILBOX_NAMES else local
    else:
        try:
            name = validate_email(f"{local}@a.aa", check_deliverability=False).local_part
        except EmailNotValidError as error:
            return Address(flag=_reason(str(error)))
    read = read_domain(domain)
    if read.shown is None or read.ascii is None:
        return Address(flag=read.fault)
    forms = (local + domain, name + read.shown, name + read.ascii)
    if max(len(form.encode()) for form in forms) >= MAX_LENGTH:
        return Address(flag=TOO_LONG)
    return _address(name, read)


@lru_cache(maxsize=1 << 16)
def read_domain(domain: str) -> Domain:
    """What stands behind the @, by email-validator."""
    try:
        valid = validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError as error:
        return Domain(fault=_reason(str(error)))
    return _described(valid.domain, valid.ascii_domain)


def _described(shown: str, ascii_form: str) -> Domain:
    doubt = why_doubtful("", shown, free_domains()) or _misspelt(ascii_form)
    return Domain(shown, ascii_form, None, domain_kind(ascii_form), doubt)


def _misspelt(domain: str) -> str | None:
    meant = meant_domain(domain)
    return MISSPELT + meant if meant else None


def _address(local: str, domain: Domain) -> Address:
    assert domain.shown is not None and domain.ascii is not None
    folded = unicodedata.normalize("NFKC", local)
    doubt = why_doubtful(folded, domain.shown, free_domains())
    if folded != local:
        doubt = doubt or UNUSUAL
    folded = folded.casefold()
    return Address(
        value=canonical(folded, domain.ascii),
        display=f"{local}@{domain.shown}",
        kind=mailbox_kind(folded, domain.ascii),
        flag=doubt or domain.doubt,
    )


def _reason(message: str) -> str:
    return next((reason for phrase, reason in REASONS if phrase in message), "not valid")
