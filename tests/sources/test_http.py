import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from leads.errors import SourceError, SourceUnavailable
from sources import http

SUITE = Path(__file__).parents[2] / "../shared/data/bad-inputs/json-test-suite/test_parsing"


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with http.client("Bearer secret-token") as opened:
        yield opened


@pytest.fixture
def pauses() -> list[float]:
    return []


def get(client: httpx.Client, url: str, pauses: list[float]) -> http.Answer:
    return http.get_json(client, url, {"page": "1"}, source="form", sleep=pauses.append)


def test_an_object_with_its_numbers_as_written(client: Any, provider: Any, pauses: list[float]) -> None:
    provider.answer = lambda path, query: (200, {"X-Page": "7"}, b'{"a": 79161234567.0, "b": [1e3, true, null]}')
    answer = get(client, provider.url + "/x", pauses)
    assert answer.body == {"a": "79161234567.0", "b": ["1e3", True, None]}
    assert answer.headers["X-Page"] == "7" and answer.where == "source 'form', /x"
    path, query, sent = provider.asked[0]
    assert (path, query, sent["Authorization"]) == ("/x", {"page": "1"}, "Bearer secret-token")
    assert sent["User-Agent"].startswith("wellspring-leads/")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_named_but_not_shown(
    status: int, client: Any, provider: Any, pauses: list[float]
) -> None:
    provider.answer = lambda path, query: (status, {}, b"{}")
    with pytest.raises(SourceError, match="the token was refused") as caught:
        get(client, provider.url, pauses)
    assert "secret" not in str(caught.value) and "environment variable" in str(caught.value)
    assert len(provider.asked) == 1


def test_404_is_not_tried_again(client: Any, provider: Any, pauses: list[float]) -> None:
    with pytest.raises(SourceError, match=r"/nowhere: is not there: HTTP 404"):
        get(client, provider.url + "/nowhere", pauses)
    assert len(provider.asked) == 1


@pytest.mark.parametrize("bad", [500, 503, 429])
def test_a_passing_fault_is_tried_again(bad: int, client: Any, provider: Any, pauses: list[float]) -> None:
    answers = iter([(bad, {}, b""), (bad, {}, b"<html>"), (200, {}, b'{"ok": true}')])
    provider.answer = lambda path, query: next(answers)
    assert get(client, provider.url, pauses).body == {"ok": True}
    assert pauses == [0.5, 1.0]


def test_a_lasting_fault_ends_after_four_tries(client: Any, provider: Any, pauses: list[float]) -> None:
    provider.answer = lambda path, query: (502, {}, b"")
    with pytest.raises(SourceUnavailable, match="no answer after 4 tries: HTTP 502"):
        get(client, provider.url, pauses)
    assert len(provider.asked) == 4 and pauses == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("2", 2, 2), ("0", 0, 0), ("3600", 30, 30), ("soon", 0.5, 0.5), ("-5", 0.5, 0.5), ("²", 0.5, 0.5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0), ("Wed, 21 Oct 99999 07:28:00 GMT", 0.5, 0.5),
    ],
)  # fmt: skip
def test_retry_after(
    header: str, low: float, high: float, client: Any, provider: Any, pauses: list[float]
) -> None:
    raw = header.encode("utf-8").decode("latin-1")
    answers = iter([(429, {"Retry-After": raw}, b""), (200, {}, b"{}")])
    provider.answer = lambda path, query: next(answers)
    get(client, provider.url, pauses)
    assert low <= pauses[0] <= high


def test_retry_after_as_a_date(client: Any, provider: Any, pauses: list[float]) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    answers = iter([(503, {"Retry-After": at}, b""), (200, {}, b"{}")])
    provider.answer = lambda path, query: next(answers)
    get(client, provider.url, pauses)
    assert 15 < pauses[0] <= 20


def test_a_real_pause(client: Any, provider: Any) -> None:
    answers = iter([(429, {"Retry-After": "1"}, b""), (200, {}, b"{}")])
    provider.answer = lambda path, query: next(answers)
    started = datetime.now(UTC)
    http.get_json(client, provider.url, source="form")
    assert datetime.now(UTC) - started >= timedelta(seconds=1)


def test_nobody_listens(client: Any, pauses: list[float]) -> None:
    with pytest.raises(SourceUnavailable, match="ConnectError"):
        get(client, "http://127.0.0.1:9/x", pauses)
    assert len(pauses) == 3


def test_a_body_cut_by_the_network_is_tried_again(client: Any, provider: Any, pauses: list[float]) -> None:
    answers = iter([(200, {"Content-Length": "50", "Connection": "close"}, b'{"a":'), (200, {}, b"{}")])
    provider.answer = lambda path, query: next(answers)
    assert get(client, provider.url, pauses).body == {}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!doctype html><p>Sign in", "a web page at byte 0"),
        (b"", "at byte 0"),
        ('{"ж": "a'.encode(), "at byte 7"),
        (b'{"a": [1, 2', "at byte 11"),
        (b"[1]", "not an object at byte 0"),
        (b'{"a": 1, "a": 2}', "names a key twice"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"a": "\xff"}', "no UTF-8 at byte 7"),
        (b'{"a":' * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_json_object(body: bytes, why: str, client: Any, provider: Any, pauses: list[float]) -> None:
    provider.answer = lambda path, query: (200, {}, body)
    with pytest.raises(SourceError, match="not the JSON object") as caught:
        get(client, provider.url + "/forms", pauses)
    assert why in str(caught.value) and "/forms" in str(caught.value)
    assert "\n" not in str(caught.value) and len(provider.asked) == 1


def test_a_truncated_gzip_body(client: Any, provider: Any, pauses: list[float]) -> None:
    packed = gzip.compress(b'{"a": "' + bytes(range(97, 123)) * 200 + b'"}')
    provider.answer = lambda path, query: (200, {"Content-Encoding": "gzip"}, packed[: len(packed) // 2])
    with pytest.raises(SourceError):
        get(client, provider.url, pauses)


def test_an_answer_beyond_the_limit(client: Any, provider: Any, pauses: list[float]) -> None:
    body = gzip.compress(b'{"a": "' + b" " * (http.SIZE + 1) + b'"}')
    provider.answer = lambda path, query: (200, {"Content-Encoding": "gzip"}, body)
    with pytest.raises(SourceError, match="larger than 16 MiB"):
        get(client, provider.url, pauses)


def test_a_redirect_on_the_host_is_followed(client: Any, provider: Any, pauses: list[float]) -> None:
    provider.answer = lambda path, query: (
        (301, {"Location": "/new"}, b"") if path == "/old" else (200, {}, b'{"new": true}')
    )
    assert get(client, provider.url + "/old", pauses).body == {"new": True}


def test_a_redirect_to_another_host_is_not_followed(client: Any, provider: Any, pauses: list[float]) -> None:
    elsewhere = provider.url.replace("127.0.0.1", "localhost")
    provider.answer = lambda path, query: (302, {"Location": elsewhere + "/steal"}, b"")
    with pytest.raises(SourceError, match="redirects to another host"):
        get(client, provider.url, pauses)
    assert [path for path, _, _ in provider.asked] == ["/"]


def test_a_redirect_loop(client: Any, provider: Any, pauses: list[float]) -> None:
    provider.answer = lambda path, query: (302, {"Location": "/"}, b"")
    with pytest.raises(SourceError, match="TooManyRedirects"):
        get(client, provider.url, pauses)
    assert len(provider.asked) == http.REDIRECTS + 1


def test_the_answer_must_have_the_documented_form(client: Any, provider: Any, pauses: list[float]) -> None:
    from sources.web_form import _Page

    provider.answer = lambda path, query: (200, {}, b'{"total_items": 1, "items": [{"token": "t"}]}')
    with pytest.raises(SourceError, match=r"key 'items\.0\.response_id'"):
        http.shaped(_Page, get(client, provider.url, pauses))


@pytest.mark.skipif(not SUITE.is_dir(), reason="the shared JSON test suite is not beside the checkout")
@pytest.mark.parametrize("name", sorted(p.name for p in SUITE.glob("*.json")) if SUITE.is_dir() else [])
def test_json_test_suite(name: str) -> None:
    """Objects and arrays nobody may refuse are read, texts everybody must refuse are refused in one line."""
    body = b'{"v":' + (SUITE / name).read_bytes() + b"}"
    try:
        http._object(body, "here")
        accepted, line = True, ""
    except SourceError as error:
        accepted, line = False, str(error)
    assert "\n" not in line
    if name.startswith("y_") and "duplicated_key" not in name:
        assert accepted
    if name.startswith("n_"):
        assert not accepted
