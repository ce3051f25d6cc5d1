"""One messenger account as people write it -> `service:account`.

Imports nothing slow: the commands that look one account up start with it.
"""

import re
from functools import cache
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from enrich.phones.reader import REPAIRED, read_number
from enrich.tables import table

MAX_LENGTH = 250
# Accounts of these are phone numbers; a Telegram account may be one.
BY_NUMBER = ("whatsapp", "viber")
# What the services allow as a name (Telegram: five characters, four where a name was bought).
NAMES = {
    "telegram": re.compile(r"@?([a-z][a-z0-9_]{2,30}[a-z0-9])"),
    "skype": re.compile(r"((?:live:)?[a-z0-9.][a-z0-9.,_\-]{4,63}|[^\s@:/]+@[^\s@:/]+\.[a-z]{2,})"),
    "vk": re.compile(r"@?([a-z0-9_.]{2,32})"),
}
# Pages of a service that are nobody's account.
PLACES = (
    "joinchat",
    "addstickers",
    "share",
    "proxy",
    "message",
    "channel",
    "invite",
    "feed",
    "wall",
    "club",
    "public",
)
INVITATION = "invitation and not an account"
NOT_NAMED = "messenger not named"
NUMBER_LIKE = re.compile(r"[\s(+]*\d[\d\s()+./\-–—]{5,}")
QUERY = ("phone", "number", "domain")


class Account(NamedTuple):
    """An account read: `value` is `service:account` (null where it could not be read), `kind` the service, `region`
    the ISO country of an account that is a phone number, `flag` why it is not usable or how it was repaired."""

    value: str | None = None
    display: str | None = None
    kind: str | None = None
    region: str | None = None
    flag: str | None = None


def read_messenger(text: str, service: str | None, region: str) -> Account:
    """The account that `text` states: a link, a name or a number, with or without the name of its service before it.

    `service` is the one that the column is about (null: any), a link or a word in the text goes before it. A bare
    number is read as one of `region` (ISO country).
    """
    if len(text) > MAX_LENGTH:
        return Account(kind=service, flag="too long")
    service, said = _apart(text.strip(), service)
    if linked := _linked(said):
        service, account = linked
        if account is None:
            return Account(kind=service, flag=INVITATION)
        said = account
    if service is None:
        return Account(flag=NOT_NAMED)
    if service in BY_NUMBER or (service == "telegram" and NUMBER_LIKE.fullmatch(said)):
        return _by_number(service, said, region)
    name = NAMES[service].fullmatch(said.casefold())
    if not name:
        return Account(kind=service, flag=f"no {service} name")
    return Account(f"{service}:{name[1]}", f"{_title(service)} {'@' * (service == 'telegram')}{name[1]}", service)


def services() -> tuple[str, ...]:
    """The messengers we know."""
    return tuple(table("messengers"))


def _by_number(service: str, said: str, region: str) -> Account:
    number = read_number(said, region)
    if number.value is None or not (number.flag is None or number.flag.startswith(REPAIRED)):
        return Account(kind=service, flag=number.flag)
    return Account(
        f"{service}:{number.value}", f"{_title(service)} {number.value}", service, number.region, number.flag
    )


def _apart(text: str, service: str | None) -> tuple[str | None, str]:
    """The service that a word before or behind the account names, and the rest."""
    if before := _named().match(text):
        return _by_word()[before[1].casefold()], text[before.end() :].strip()
    if behind := _named_behind().search(text):
        return _by_word()[behind[1].casefold()], text[: behind.start()].strip()
    return service, text


def _linked(text: str) -> tuple[str, str | None] | None:
    """(service, account) of a link; the account is None where the link leads to no one's."""
    lowered = text.casefold()
    bare = re.sub(r"^https?://(?:www\.)?", "", lowered)
    host = next((host for host in _hosts() if bare == host or bare.startswith(host.rstrip("/") + "/")), None)
    if host is None:
        return None
    service = _hosts()[host]
    url = urlsplit(text if "://" in text else f"https://{text}")
    asked = parse_qs(url.query)
    account = next((asked[name][0] for name in QUERY if name in asked), None)
    if account is None and "://" not in host:
        path = url.path.strip("/").removeprefix("s/")
        account = path.partition("/")[0] if path and path.partition("/")[0].casefold() not in PLACES else None
    if account and account.lstrip("+ ").isdecimal() and service != "vk":
        # A link holds the number as it is dialled from abroad.
        return service, "+" + account.lstrip("+ ")
    # t.me/+… and chat.whatsapp.com/… invite into a group.
    invites = account is None or account.startswith("+") or host in ("chat.whatsapp.com", "join.skype.com")
    return service, None if invites else account


def _title(service: str) -> str:
    return str(table("messengers")[service]["title"])


@cache
def _hosts() -> dict[str, str]:
    """Host of a link -> its service."""
    return {host: service for service, known in table("messengers").items() for host in known["hosts"]}


@cache
def _by_word() -> dict[str, str]:
    return {word: service for service, known in table("messengers").items() for word in known["words"]}


@cache
def any_word() -> str:
    """A pattern of the words for the services, the longest first."""
    return "|".join(sorted(map(re.escape, _by_word()), key=len, reverse=True))


@cache
def _named() -> re.Pattern[str]:
    return re.compile(rf"({any_word()})(?:\s*[:=–—-]\s*(?!/)|\s+|(?=\+|@\w+\s*$))(?=.)", re.IGNORECASE)


@cache
def _named_behind() -> re.Pattern[str]:
    return re.compile(rf"[\s(,–—-]+({any_word()})[\s).]*$", re.IGNORECASE)
