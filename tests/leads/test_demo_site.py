"""The demo's site answers as the providers do, and its directory is one a polite visitor can read."""

import json
import re
import urllib.robotparser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from leads import demo
from leads.demo import directory, pretix, typeform


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> demo.World:
    return demo.build(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def url(world: demo.World) -> Iterator[str]:
    with demo.serve(world) as address:
        yield address


@pytest.fixture(scope="module")
def typeform_client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(headers={"Authorization": "Bearer any"}) as client:
        client.base_url = f"{url}/typeform"
        yield client


@pytest.fixture(scope="module")
def pretix_client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(headers={"Authorization": "Token any"}) as client:
        client.base_url = f"{url}/pretix"
        yield client


def test_typeform_pages_back_with_before(world: demo.World, typeform_client: httpx.Client) -> None:
    query: dict = {"page_size": 100}
    tokens, sizes = [], []
    while True:
        page = typeform_client.get(typeform.RESPONSES, params=query).json()
        assert page.keys() == {"total_items", "page_count", "items"}
        assert page["total_items"] == len(world.responses) - len(tokens)
        if not page["items"]:
            break
        sizes.append(len(page["items"]))
        tokens += [item["token"] for item in page["items"]]
        query["before"] = tokens[-1]
    assert tokens == [record.key for record in world.records["website_form"]]
    assert set(sizes[:-1]) == {100}
    times = [response["submitted_at"] for response in world.responses]
    assert times == sorted(times, reverse=True)


def test_typeform_parameters(world: demo.World, typeform_client: httpx.Client) -> None:
    def get(**query: object) -> httpx.Response:
        return typeform_client.get(typeform.RESPONSES, params=query)

    newest, eleventh = world.responses[0], world.responses[10]
    assert len(get().json()["items"]) == 25
    since = get(since=eleventh["submitted_at"], page_size=1000).json()["items"]
    assert [item["token"] for item in since] == [response["token"] for response in world.responses[:11]]
    until = get(until=eleventh["submitted_at"], page_size=1).json()
    assert until["items"][0]["token"] == eleventh["token"]
    assert until["page_count"] == until["total_items"] == len(world.responses) - 10
    assert get(after=eleventh["token"]).json()["total_items"] == 10
    assert get(sort="submitted_at,asc").json()["items"][0]["token"] == world.responses[-1]["token"]
    assert get(response_type="partial").json()["items"] == []
    for wrong in (
        {"page_size": 1001},
        {"since": "soon"},
        {"before": "none"},
        {"sort": "x", "after": newest["token"]},
    ):
        assert get(**wrong).status_code == 400, wrong
    assert typeform_client.get("/forms/other/responses").status_code == 404


def test_typeform_answers_say_what_was_planned(world: demo.World) -> None:
    for record, response in zip(world.records["website_form"], world.responses, strict=True):
        answers = {a["field"]["ref"]: a[a["type"]] for a in response["answers"]}
        told = {ref: a["label"] if isinstance(a, dict) else a for ref, a in answers.items()}
        told |= {f"hidden.{name}": text for name, text in response["hidden"].items()}
        assert told == {ref: cell for ref, cell in record.cells.items() if cell != ""}


def test_pretix_pages_forward_to_a_404(world: demo.World, pretix_client: httpx.Client) -> None:
    following, codes = f"{pretix.ORDERS}?page_size=500", []
    while following:
        answer = pretix_client.get(following)
        page = answer.json()
        assert page.keys() == {"count", "next", "previous", "results"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", answer.headers["X-Page-Generated"])
        assert len(page["results"]) == min(50, page["count"] - len(codes))
        assert (page["previous"] is None) == (not codes)
        codes += [order["code"] for order in page["results"]]
        following = page["next"]
    assert codes == [order["code"] for order in world.orders]
    assert len(set(codes)) == len(codes)
    beyond = pretix_client.get(pretix.ORDERS, params={"page": 99})
    assert (beyond.status_code, beyond.json()) == (404, {"detail": "Invalid page."})


def test_pretix_gives_what_changed_since(world: demo.World, pretix_client: httpx.Client) -> None:
    changed = sorted(order["last_modified"] for order in world.orders)
    found = pretix_client.get(pretix.ORDERS, params={"modified_since": changed[-3]}).json()
    assert found["count"] == 3
    generated = pretix_client.get(pretix.ORDERS).headers["X-Page-Generated"]
    assert pretix_client.get(pretix.ORDERS, params={"modified_since": generated}).json()["count"] == 0
    assert pretix_client.get(pretix.ORDERS, params={"modified_since": "soon"}).status_code == 400
    cancelled = pretix_client.get(pretix.ORDERS, params={"status": "c"}).json()
    assert {order["status"] for order in cancelled["results"]} == {"c"}


def test_pretix_positions_say_what_was_planned(world: demo.World) -> None:
    positions = [(order, position) for order in world.orders for position in order["positions"]]
    for record, (order, position) in zip(world.records["pretix_meetup"], positions, strict=True):
        assert record.key == f"{order['code']}-{position['positionid']}"
        told = {f"order.{word}": order[word] for word in ("email", "phone", "locale")} | {
            f"answer.{answer['question_identifier']}": answer["answer"] for answer in position["answers"]
        }
        told |= {
            word: position[word] for word in ("attendee_name", "attendee_email", "company", "city", "country")
        }
        assert {word: text for word, text in told.items() if text} == {w: c for w, c in record.cells.items() if c}
        assert order["testmode"] == (record.note == "test order")
    assert max(len(order["positions"]) for order in world.orders) == 4
    assert {order["status"] for order in world.orders} == set("pnce")


def test_orders_have_the_fields_of_a_real_one(world: demo.World) -> None:
    sample = Path(__file__).parents[3] / "shared/reference/pretix_order.json"
    if not sample.is_file():
        pytest.skip("the order observed on a running server is not beside the checkout")
    real = json.loads(sample.read_text(encoding="utf-8"))
    for order in world.orders:
        assert real.keys() - order.keys() == {"url"}
        assert not order.keys() - real.keys()
        for position in order["positions"]:
            assert position.keys() == real["positions"][0].keys()
            assert all(
                answer.keys() == real["positions"][0]["answers"][0].keys() for answer in position["answers"]
            )


@pytest.mark.parametrize("target", [f"/pretix{pretix.ORDERS}", f"/typeform{typeform.RESPONSES}"])
@pytest.mark.parametrize("authorization", ["", "Token", "Bearer", "Basic YTpi"])
def test_without_a_token_the_answer_is_401(url: str, target: str, authorization: str) -> None:
    answer = httpx.get(url + target, headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.json()


def test_a_polite_visitor_finds_every_company_and_no_secret(world: demo.World, url: str) -> None:
    robots = urllib.robotparser.RobotFileParser()
    robots.parse(httpx.get(f"{url}/robots.txt").text.splitlines())
    waiting, pages, missing, forbidden = [url + directory.START], {}, set(), set()
    with httpx.Client() as client:
        while waiting:
            address = waiting.pop()
            if not robots.can_fetch("wellspring-leads", address):
                forbidden.add(address)
                continue
            answer = client.get(address)
            if answer.status_code == 200:
                pages[address.removeprefix(url)] = answer.text
                links = [urljoin(address, link) for link in re.findall(r'href="(/[^"]*)"', answer.text)]
                waiting += [link for link in links if link.removeprefix(url) not in pages and link not in waiting]
            missing |= {address.removeprefix(url)} if answer.status_code != 200 else set()
    assert {path for path in pages if path.startswith(directory.FIRM)} == {
        record.key for record in world.records["company_directory"]
    }
    assert missing == {directory.MISSING, directory.MOVED}
    assert forbidden == {url + directory.PRIVATE}
    own, *others = world.directory.never
    assert all(own in page for page in pages.values())
    secret = "".join(page for path, page in world.directory.pages.items() if path.startswith(directory.PRIVATE))
    assert sum(value in secret for value in others) == 8


def test_served_again_the_pages_have_the_same_addresses(tmp_path: Path) -> None:
    world = demo.build(tmp_path)
    with demo.serve(world) as first, demo.serve(world) as beside:
        assert first != beside, "a port that is taken is not waited for"
    with demo.serve(demo.build(tmp_path)) as again:
        assert again == beside
        assert httpx.get(again + directory.START).status_code == 200


def test_two_pages_redirect_to_each_other(url: str) -> None:
    with pytest.raises(httpx.TooManyRedirects):
        httpx.get(url + directory.MOVED, follow_redirects=True)


def test_the_directory_has_three_kinds_of_markup(world: demo.World) -> None:
    pages = [world.directory.pages[record.key] for record in world.records["company_directory"]]
    kinds = Counter(
        "json-ld" if "ld+json" in page else "microdata" if "itemscope" in page else "links" for page in pages
    )
    assert len(kinds) == 3
    assert max(kinds.values()) - min(kinds.values()) <= 1
    for markup in ("ld+json", "itemscope", 'href="fax:'):
        assert any(markup in page and re.search("fax", page, re.IGNORECASE) for page in pages)
