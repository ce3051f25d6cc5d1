"""People who come to an event: a file from its organiser, or orders of pretix (self-hosted or hosted)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import httpx
from pydantic import BaseModel, Field

from leads.errors import ConfigError, SourceError
from leads.pull import KEY, NOTE, TIME, URI, Pull, Receipt
from leads.source import Source, Strict, expand, validate
from sources import http, tables
from sources.records import Headers, moment, text

# What we take of a position, as pretix names it. Last changes, secrets and addresses of tickets stay away: with
# them an unchanged position would look like a new version at every pull.
POSITION = (
    "attendee_name", "attendee_email", "company", "street", "zipcode", "city", "country", "item",
)  # fmt: skip
ORDER = ("email", "phone", "locale", "status")


class Pretix(Strict):
    """`[pull]` of a pretix event."""

    format: Literal["pretix"]
    url: str = Field("https://pretix.eu", pattern=r"^https?://[^/]")
    organizer: str = Field(min_length=1)
    event: str = Field(min_length=1)
    token: str = Field(min_length=1, description="team token; write ${NAME}")
    page_size: int = Field(50, ge=1, le=50)


class _Answer(BaseModel):
    question_identifier: str
    answer: Any = None


class _Position(BaseModel, extra="allow"):
    positionid: int = 0
    answers: list[_Answer] | None = None


class _Order(BaseModel, extra="allow"):
    code: str = Field(min_length=1)
    datetime: str | None = None
    testmode: bool = False
    positions: list[_Position] | None = None


class _Page(BaseModel):
    count: int
    next: str | None = None
    results: list[_Order]


def pull(source: Source, since: str | None) -> Pull:
    """A frame per page or chunk; see `orders` and `sources.tables.read` for their columns and errors."""
    kinds: dict[str, Callable[[], Pull]] = {
        "file": lambda: tables.read(source),
        "pretix": lambda: orders(source, since),
    }
    chosen = kinds.get(str(source.pull.get("format", "file")))
    if chosen is None:
        raise ConfigError("key 'format'", where=f"{source.name}.toml, [pull]", why=f"known are {', '.join(kinds)}")
    return chosen()


def orders(source: Source, since: str | None) -> Pull:
    """The orders of a pretix event changed since the cursor, one record per position.

    Headers: `order.<name>` for ORDER, POSITION as they are, `answer.<question identifier>`; `@key` is
    `<order code>-<position>` (0 where an order has none), `@note` marks test orders. The cursor is
    `X-Page-Generated` of the first page. Raises SourceError when fewer orders come than the first page counts
    or the next page is on another host, SourceUnavailable when the provider does not answer.
    """
    where = f"{source.name}.toml, [pull]"
    options = validate(Pretix, expand(source.pull, where), Path(where))
    names = (quote(name, safe="") for name in (options.organizer, options.event))
    url = "{}/api/v1/organizers/{}/events/{}/orders/".format(options.url.rstrip("/"), *names)
    headers = Headers([*(f"order.{name}" for name in ORDER), *POSITION, *source.columns])
    following: str | None = str(
        httpx.URL(url, params={"page_size": options.page_size} | ({"modified_since": since} if since else {}))
    )
    known, count, cursor = set[str](), None, since
    with http.client(f"Token {options.token}") as client:
        while following:
            answer = http.get_json(client, following, source=source.name)
            page = http.shaped(_Page, answer)
            if count is None:
                count, cursor = page.count, answer.headers.get("X-Page-Generated", since)
            records = [r for order in page.results for r in _records(order, urlsplit(url).path)]
            if records:
                yield headers.frame(records)
            if not {order.code for order in page.results} - known:
                break
            known |= {order.code for order in page.results}
            following = _next(page, url, answer.where)
    if len(known) < (count or 0):
        raise http.ended_early(answer.where, len(known), count or 0, "orders")
    return Receipt(None, cursor)


def _next(page: _Page, url: str, where: str) -> str | None:
    if page.next and not http.same_origin(page.next, url):
        raise SourceError(
            "the next page is on another host", where=where, do="Check `url` under [pull]; nothing was loaded"
        )
    return page.next


def _records(order: _Order, uri: str) -> Iterator[dict[str, str | None]]:
    """The positions of an order; an order without any is still somebody who ordered."""
    common = _texts(order, ORDER, "order.") | {
        TIME: moment(order.datetime),
        URI: f"{uri}{quote(order.code, safe='')}/",
        NOTE: "test order" if order.testmode else None,
    }
    for position in order.positions or [_Position()]:
        answers = {f"answer.{a.question_identifier}": text(a.answer) for a in position.answers or []}
        own = _texts(position, POSITION)
        # Who has an address of their own is not reached at the buyer's, and did not answer for the buyer.
        buyer = (common["order.email"] or "").casefold()
        apart = bool(own["attendee_email"]) and (own["attendee_email"] or "").casefold() != buyer
        hidden = {"order.email": None, "order.phone": None} if apart else {}
        yield common | hidden | {KEY: f"{order.code}-{position.positionid}"} | own | answers


def _texts(found: BaseModel, names: tuple[str, ...], prefix: str = "") -> dict[str, str | None]:
    values = found.model_extra or {}
    return {prefix + name: text(values.get(name)) for name in names}
