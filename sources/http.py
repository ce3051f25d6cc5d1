"""JSON from a provider's API: bounded in size, time and tries; every odd answer named in one line."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from leads.errors import SourceError, SourceUnavailable

TIMEOUT = 30  # seconds for connecting and between two pieces of an answer
PATIENCE = 120  # seconds for an answer as a whole
SIZE = 16 << 20  # bytes of an answer
TRIES = 4
LONGEST_PAUSE = 30.0  # seconds we wait when told to come back later
REDIRECTS = 3

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Answer:
    """A JSON object a provider sent; `where` names source and URL path for error texts."""

    body: dict[str, Any]
    headers: httpx.Headers
    where: str


def client(authorization: str) -> httpx.Client:
    """A client that sends `authorization` to one host alone: a redirect to another one is a SourceError."""
    try:
        release = version("wellspring-leads")
    except PackageNotFoundError:
        release = "dev"
    return httpx.Client(
        headers={
            "Authorization": authorization,
            "Accept": "application/json",
            "User-Agent": f"wellspring-leads/{release}",
        },
        timeout=TIMEOUT,
        follow_redirects=True,
        max_redirects=REDIRECTS,
        event_hooks={"response": [_stay_on_host]},
    )


def same_origin(one: str | httpx.URL, other: str | httpx.URL) -> bool:
    """Do two URLs share scheme, host and port?"""
    a, b = httpx.URL(one), httpx.URL(other)
    return (a.scheme, a.host, a.port) == (b.scheme, b.host, b.port)


def get_json(
    client: httpx.Client,
    url: str,
    params: dict[str, str] | None = None,
    *,
    source: str,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """GET `url` and read its JSON object; `source` is named in errors. Numbers come as text, as written.

    429, 5xx, timeouts and broken connections are tried again, at most `TRIES` times in all, after the pause
    the provider asks for (up to `LONGEST_PAUSE`); then SourceUnavailable. SourceError for a refused token, an
    unknown address and anything that is not one JSON object.
    """
    where = f"source '{source}', {urlsplit(url).path}"
    tries = Retrying(
        stop=stop_after_attempt(TRIES), wait=_pause, retry=retry_if_exception_type(_Later),
        sleep=sleep, reraise=True,
    )  # fmt: skip
    try:
        response, body = tries(_get, client, url, params, where)
    except _Later as error:
        raise SourceUnavailable(
            f"no answer after {TRIES} tries", where=where, why=str(error), do="Run it again later"
        ) from None
    return Answer(_object(body, where), response.headers, where)


def shaped(model: type[M], answer: Answer) -> M:
    """The answer as `model`; raises SourceError naming the first key that is not as the provider documents."""
    try:
        return model.model_validate(answer.body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SourceError(
            f"the answer is not in the provider's form: key '{key}'", where=answer.where, why=first["msg"],
            do="Check `url` under [pull]; the provider may have changed its API",
        ) from None  # fmt: skip


def ended_early(where: str, got: int, promised: int, what: str) -> SourceError:
    """The error for a list that stops before the count its first page stated."""
    return SourceError(
        "the list ended early", where=where, why=f"{got} of {promised} {what} came",
        do="Nothing was loaded; run it again",
    )  # fmt: skip


class _Later(Exception):
    """Worth another try, `after` so many seconds where the provider says so."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _Later) and error.after is not None:
        return error.after
    return float(2 ** (state.attempt_number - 2))


def _get(
    client: httpx.Client, url: str, params: dict[str, str] | None, where: str
) -> tuple[httpx.Response, bytes]:
    try:
        with client.stream("GET", url, params=params) as response:
            _check_status(response, where)
            return response, _body(response, where)
    except httpx.TransportError as error:
        raise _Later(type(error).__name__) from None
    except (httpx.RequestError, httpx.InvalidURL) as error:
        raise SourceError(
            "cannot be asked", where=where, why=type(error).__name__, do="Check `url` under [pull]"
        ) from None


def _check_status(response: httpx.Response, where: str) -> None:
    status = response.status_code
    if status in (401, 403):
        raise SourceError(
            "the token was refused", where=where, why=f"HTTP {status}",
            do="Check the environment variable that `token` under [pull] names",
        )  # fmt: skip
    if status == 429 or status >= 500:
        raise _Later(f"HTTP {status}", _retry_after(response.headers.get("Retry-After", "")))
    if status != 200:
        raise SourceError(
            "is not there" if status == 404 else "the request was refused", where=where, why=f"HTTP {status}",
            do="Check the address and the names under [pull]",
        )  # fmt: skip


def _retry_after(value: str) -> float | None:
    """Seconds to wait, from seconds or an HTTP date; None for anything else (RFC 9110, 10.2.3)."""
    try:
        if value.strip().isdecimal():
            seconds = float(value)
        else:
            date = parsedate_to_datetime(value)
            seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def _body(response: httpx.Response, where: str) -> bytes:
    started, parts, size = time.monotonic(), [], 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > SIZE:
            raise SourceError(
                f"an answer is larger than {SIZE >> 20} MiB", where=where, do="Lower `page_size` under [pull]"
            )
        if time.monotonic() - started > PATIENCE:
            raise _Later(f"the answer took more than {PATIENCE} s")
    return b"".join(parts)


def _stay_on_host(response: httpx.Response) -> None:
    if response.has_redirect_location:
        target = response.url.join(response.headers["Location"])
        if not same_origin(response.url, target):
            raise SourceError(
                "the provider redirects to another host", where=response.url.path,
                do="Check `url` under [pull]; the token was not sent there",
            )  # fmt: skip


def _object(body: bytes, where: str) -> dict[str, Any]:
    """`body` as one JSON object; SourceError with the byte where it stops being one."""
    try:
        text = body.decode("utf-8")
        # Numbers stay as they are written: a telephone number must not become a float.
        value = json.loads(
            text, object_pairs_hook=_unique, parse_int=str, parse_float=str, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise _not_json(where, f"no UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        what = "a web page" if text.lstrip().startswith("<") else error.msg
        raise _not_json(where, f"{what} at byte {len(text[: error.pos].encode())}") from None
    except (ValueError, RecursionError) as error:
        raise _not_json(where, str(error) if isinstance(error, ValueError) else "nested too deep") from None
    if not isinstance(value, dict):
        raise _not_json(where, "not an object at byte 0")
    return value


def _not_json(where: str, why: str) -> SourceError:
    return SourceError(
        "the answer is not the JSON object it should be", where=where, why=why,
        do="Check `url` under [pull] in a browser",
    )  # fmt: skip


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a key twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
