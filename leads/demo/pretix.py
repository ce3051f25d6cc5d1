"""The part of pretix's REST API that lists the orders of an event, as version 2026.8 was seen to answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from random import Random
from typing import Any
from urllib.parse import urlencode

from leads import clock
from leads.demo.exchange import Answer, Request, as_json

ORGANIZER, EVENT = "wellspring", "meetup2026"
ORDERS = f"/api/v1/organizers/{ORGANIZER}/events/{EVENT}/orders/"
QUESTIONS = ("CONSENT", "JOB", "TOPIC")  # identifiers; a question without an answer is left out
TOPICS = ("Concrete", "Roofing", "Insulation")
PAGE_SIZE = 50  # the default and the most there is
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ3789"
UNSET = (
    "variation", "street", "zipcode", "state", "discount", "voucher", "addon_to", "subevent", "tax_rule",
    "seat", "tax_code", "valid_from", "valid_until", "blocked", "voucher_budget_use",
)  # fmt: skip

Order = dict[str, Any]
Cells = Mapping[str, Any]


def answer(orders: Sequence[Order], request: Request) -> Answer:
    """One page of the orders, newest first; filters `status` and `modified_since` (inclusive)."""
    if not request.has_token("Token"):
        return as_json(401, {"detail": "Authentication credentials were not provided."})
    if request.path != ORDERS:
        return as_json(404, {"detail": "Not found."})
    try:
        found = _filtered(orders, request.query)
    except ValueError:
        return as_json(400, {"modified_since": ["Enter a valid date/time."]})
    size = min(_number(request.query.get("page_size", "")) or PAGE_SIZE, PAGE_SIZE)
    page, last = _number(request.query.get("page", "1")), max(1, ceil(len(found) / size))
    if not 1 <= page <= last:
        return as_json(404, {"detail": "Invalid page."})
    envelope = {
        "count": len(found),
        "next": _link(request, page + 1) if page < last else None,
        "previous": _link(request, page - 1) if page > 1 else None,
        "results": found[(page - 1) * size : page * size],
    }
    return as_json(200, envelope, X_Page_Generated=clock.now())


def _filtered(orders: Sequence[Order], query: Mapping[str, str]) -> list[Order]:
    # A `+` of an offset that nobody encoded arrives as a space.
    since = query.get("modified_since", "").replace(" ", "+")
    from_then = clock.utc(clock.parse(since)) if since else ""
    return [
        order
        for order in orders
        if order["last_modified"] >= from_then and query.get("status", order["status"]) == order["status"]
    ]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() else 0


def _link(request: Request, page: int) -> str:
    return f"{request.base}{request.path}?{urlencode({**request.query, 'page': page})}"


def codes(random: Random, count: int) -> list[str]:
    """`count` different order codes: five of the letters that cannot be taken for one another."""
    numbers = random.sample(range(len(CODE_LETTERS) ** 5), count)
    return [
        "".join(CODE_LETTERS[number // len(CODE_LETTERS) ** place % len(CODE_LETTERS)] for place in range(5))
        for number in numbers
    ]


def order(
    random: Random, code: str, placed: datetime, tickets: Sequence[Cells], *, channel: str, test: bool
) -> Order:
    """An order of free tickets; the cells of each position are named as our column mapping names them."""
    status = random.choices("pnce", (80, 5, 10, 5))[0]
    changed = clock.utc(placed + timedelta(seconds=random.randint(0, 90_000)))
    buyer = {word: tickets[0].get(f"order.{word}") or None for word in ("email", "phone", "locale")}
    return {
        "code": code, "event": EVENT, "status": status, "testmode": test, "secret": _secret(random, 16), **buyer,
        "datetime": clock.utc(placed), "expires": clock.utc(placed + timedelta(days=14)),
        "payment_date": None, "payment_provider": "free", "fees": [], "total": "0.00",
        "tax_rounding_mode": "line", "comment": "", "custom_followup_at": None, "invoice_address": None,
        "positions": [_position(random, code, place, cells) for place, cells in enumerate(tickets, 1)],
        "downloads": [], "checkin_attention": False, "checkin_text": None, "last_modified": changed,
        "payments": [], "refunds": [], "require_approval": False, "sales_channel": channel, "customer": None,
        "valid_if_pending": False, "api_meta": {}, "cancellation_date": changed if status == "c" else None,
        "plugin_data": {},
    }  # fmt: skip


def _position(random: Random, code: str, place: int, cells: Cells) -> dict[str, Any]:
    name = cells.get("attendee_name") or None
    return dict.fromkeys(UNSET) | {
        "id": int(code, 36) * 10 + place, "order": code, "positionid": place, "item": 1, "price": "0.00",
        "attendee_name": name,
        "attendee_name_parts": {"_scheme": "full", "full_name": name} if name else {},
        **{word: cells.get(word) or None for word in ("company", "city", "country", "attendee_email")},
        "tax_rate": "0.00", "tax_value": "0.00", "secret": _secret(random, 32), "checkins": [],
        "print_logs": [], "downloads": [], "answers": _answers(cells),
        "pseudonymization_id": _secret(random, 10).upper(), "canceled": False, "plugin_data": {},
    }  # fmt: skip


def _answers(cells: Cells) -> list[dict[str, Any]]:
    answers = []
    for number, identifier in enumerate(QUESTIONS, 1):
        text = cells.get(f"answer.{identifier}")
        if text:
            choice = identifier == "TOPIC"
            answers.append({
                "question": number, "answer": text, "question_identifier": identifier,
                "options": [TOPICS.index(text) + 1] if choice else [],
                "option_identifiers": [text.upper()] if choice else [],
            })  # fmt: skip
    return answers


def _secret(random: Random, length: int) -> str:
    return "".join(random.choices("abcdefghijkmnpqrstuvwxyz23456789", k=length))
