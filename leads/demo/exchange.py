"""One request to the demo's site and its answer, as the three parts of the site see them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """A GET: `path` and `query` without the part's own prefix, `authorization` as sent, `base` the part's URL."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    authorization: str = ""
    base: str = ""

    def has_token(self, scheme: str) -> bool:
        """Is there any token at all, in the provider's own scheme? The demo takes every one."""
        word, _, token = self.authorization.partition(" ")
        return word == scheme and bool(token.strip())


@dataclass(frozen=True)
class Answer:
    """Status, body and headers of a response."""

    status: int
    body: bytes = b""
    type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(status: int, content: Any, **headers: str) -> Answer:
    """`content` as a JSON answer; a header's `_` is written `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(content, ensure_ascii=False).encode(), "application/json", named)
