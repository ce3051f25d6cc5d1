"""Answers to web forms. `format = "typeform"`: Typeform's Responses API and services that speak it."""

from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, Field

from leads.pull import KEY, TIME, URI, Pull, Receipt
from leads.source import Source, Strict, expand, validate
from sources import http
from sources.records import Headers, moment, text


class Typeform(Strict):
    """`[pull]` of a Typeform form."""

    format: Literal["typeform"]
    url: str = Field("https://api.typeform.com", pattern=r"^https?://[^/]")
    form: str = Field(min_length=1, description="the form's id, as in its address")
    token: str = Field(min_length=1, description="personal access token; write ${NAME}")
    page_size: int = Field(1000, ge=1, le=1000)


class _Question(BaseModel):
    ref: str | None = None
    id: str = ""


class _Answer(BaseModel, extra="allow"):
    field: _Question
    type: str


class _Response(BaseModel):
    response_id: str = Field(min_length=1)
    token: str = Field(min_length=1)
    submitted_at: str | None = None
    answers: list[_Answer] | None = None
    hidden: dict[str, Any] | None = None
    calculated: dict[str, Any] | None = None


class _Page(BaseModel):
    total_items: int
    items: list[_Response]


def pull(source: Source, since: str | None) -> Pull:
    """Responses since the cursor (inclusive), newest first, a frame per page.

    Headers: the `ref` of each question, `hidden.<name>`, `calculated.score`; `@key` is the response's id. The
    cursor is the newest `submitted_at`. Raises SourceError when fewer responses come than the first page
    promised, SourceUnavailable when the provider does not answer.
    """
    where = f"{source.name}.toml, [pull]"
    options = validate(Typeform, expand(source.pull, where), Path(where))
    url = f"{options.url.rstrip('/')}/forms/{quote(options.form, safe='')}/responses"
    headers, known, newest = Headers(source.columns), set[str](), since
    params = {"page_size": str(options.page_size)} | ({"since": since} if since else {})
    declared: int | None = None
    with http.client(f"Bearer {options.token}") as client:
        while declared is None or len(known) < declared:
            answer = http.get_json(client, url, params, source=source.name)
            page = http.shaped(_Page, answer)
            declared = page.total_items if declared is None else declared
            fresh = {r.response_id: r for r in page.items if r.response_id not in known and _is_since(r, since)}
            if not fresh:
                break
            known |= fresh.keys()
            newest = max([newest, *(r.submitted_at for r in fresh.values())], key=lambda t: moment(t) or "")
            yield headers.frame([_record(response, urlsplit(url).path) for response in fresh.values()])
            # Without `since`: the two may not be combined, and `before` alone pages on to the older ones.
            params = {"page_size": str(options.page_size), "before": page.items[-1].token}
    if len(known) < declared:
        raise http.ended_early(answer.where, len(known), declared, "responses")
    return Receipt(declared, newest)


def _is_since(response: _Response, since: str | None) -> bool:
    return not since or (moment(response.submitted_at) or since) >= (moment(since) or "")


def _record(response: _Response, uri: str) -> dict[str, str | None]:
    record = {KEY: response.response_id, TIME: moment(response.submitted_at), URI: uri}
    for answer in response.answers or []:
        name = (answer.field.ref or answer.field.id).lstrip("@")
        record[name] = "\n".join(filter(None, [record.get(name), _value(answer)])) or None
    for name, value in (response.hidden or {}).items():
        record[f"hidden.{name}"] = text(value)
    if response.calculated and "score" in response.calculated:
        record["calculated.score"] = text(response.calculated["score"])
    return record


def _value(answer: _Answer) -> str | None:
    """The value stands under the name of the answer's type; choices under their labels."""
    value = (answer.model_extra or {}).get(answer.type)
    if not isinstance(value, dict):
        return text(value)
    labels = value.get("labels")
    chosen = labels if isinstance(labels, list) else [value.get("label")]
    return "; ".join(filter(None, map(text, [*chosen, value.get("other")]))) or text(value)
