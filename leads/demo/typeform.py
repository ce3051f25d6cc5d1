"""The part of Typeform's Responses API that lists what a form was sent, with its parameters and limits.

Beyond what the project's notes on the provider say, the texts of errors are ours: nobody should read them.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from random import Random
from typing import Any

from leads import clock
from leads.demo.exchange import Answer, Request, as_json

FORM = "WsDemo26"
RESPONSES = f"/forms/{FORM}/responses"
PAGE_SIZE, MOST = 25, 1000
LANGUAGES = ("ru", "hu", "ro", "de", "en")
# ref of a question -> type of its field, type of its answer
QUESTIONS = {
    "name": ("short_text", "text"),
    "phone": ("short_text", "text"),
    "email": ("email", "email"),
    "company": ("short_text", "text"),
    "city": ("short_text", "text"),
    "country": ("dropdown", "choice"),
    "question": ("long_text", "text"),
    "consent": ("yes_no", "boolean"),
}

Response = dict[str, Any]
Cells = Mapping[str, Any]


def answer(responses: Sequence[Response], request: Request) -> Answer:
    """A page of completed responses, newest first; `since` and `until` inclusive, `before`/`after` a token."""
    if not request.has_token("Bearer"):
        return _refused(401, "AUTHENTICATION_FAILED", "Authentication credentials not found")
    if request.path != RESPONSES:
        return _refused(404, "FORM_NOT_FOUND", "No such form")
    query = request.query
    if "sort" in query and {"before", "after"} & query.keys():
        return _refused(400, "VALIDATION_ERROR", "`sort` cannot go with `before` or `after`")
    try:
        size = int(query.get("page_size", PAGE_SIZE))
        found = _between_tokens(_between_times(responses, query), query)
    except ValueError:
        return _refused(400, "VALIDATION_ERROR", "A parameter is not valid")
    if not 1 <= size <= MOST:
        return _refused(400, "VALIDATION_ERROR", f"`page_size` is 1 to {MOST}")
    if query.get("sort", "").endswith(",asc"):
        found = found[::-1]
    # Counted as the query selects, so the numbers fall from page to page.
    page = {"total_items": len(found), "page_count": ceil(len(found) / size), "items": found[:size]}
    return as_json(200, page)


def _refused(status: int, code: str, description: str) -> Answer:
    return as_json(status, {"code": code, "description": description})


def _between_times(responses: Sequence[Response], query: Mapping[str, str]) -> list[Response]:
    first, last = _moment(query.get("since")), _moment(query.get("until"))
    types = query.get("response_type", "completed").split(",")
    return [
        response
        for response in responses
        if response["response_type"] in types
        and (not first or clock.utc(clock.parse(response["submitted_at"])) >= first)
        and (not last or clock.utc(clock.parse(response["submitted_at"])) <= last)
    ]


def _moment(text: str | None) -> str:
    """A moment of the query, seconds since 1970 or ISO 8601; raises ValueError when it is neither."""
    if not text:
        return ""
    return clock.utc(datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else clock.parse(text))


def _between_tokens(found: list[Response], query: Mapping[str, str]) -> list[Response]:
    """Those older than the response `before` names, or newer than the one `after` names."""
    tokens = [response["token"] for response in found]
    if "before" in query:
        return found[tokens.index(query["before"]) + 1 :]
    if "after" in query:
        return found[: tokens.index(query["after"])]
    return found


def response(random: Random, submitted: datetime, cells: Cells) -> Response:
    """A completed response; `cells` by the refs of the questions, hidden fields as `hidden.<name>`."""
    token = _letters(random, 32)
    hidden = {
        name.removeprefix("hidden."): text for name, text in cells.items() if text and name.startswith("hidden.")
    }
    return {
        "landing_id": token, "token": token, "response_id": token, "response_type": "completed",
        "landed_at": _seconds(submitted - timedelta(seconds=random.randint(20, 400))),
        "submitted_at": _seconds(submitted),
        "metadata": {
            "user_agent": "Mozilla/5.0 (demo)", "platform": random.choice(("other", "mobile")),
            "referer": "https://www.example.com/contact", "network_id": _letters(random, 10), "browser": "default",
        },
        "hidden": hidden, "calculated": {"score": 0}, "variables": [],
        "answers": [
            _answered(number, ref, cells[ref]) for number, ref in enumerate(QUESTIONS) if cells.get(ref, "") != ""
        ],
    }  # fmt: skip


def _answered(number: int, ref: str, content: Any) -> dict[str, Any]:
    field_type, answer_type = QUESTIONS[ref]
    choice = {"id": f"choice{number}", "label": content}
    return {
        "field": {"id": f"field{number:07}", "ref": ref, "type": field_type},
        "type": answer_type,
        answer_type: choice if answer_type == "choice" else content,
    }


def _seconds(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _letters(random: Random, length: int) -> str:
    return "".join(random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=length))
