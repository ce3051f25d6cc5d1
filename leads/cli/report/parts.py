"""The wholes of an audit and what they are made of, as the terminal and the page draw them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# What a part means for whoever pays: its colour.
TONES = {
    "new": "good", "inside": "dull", "known": "plain", "suppressed": "warn", "unusable": "bad",
    "mobile": "good", "landline": "plain", "other": "dull", "invalid": "bad",
    "corporate": "good", "free": "plain", "role": "dull", "disposable": "warn",
    "proven": "good", "bare": "warn", "refused": "bad", "silent": "dull",
}  # fmt: skip


@dataclass(frozen=True)
class Slice:
    """One part: its `key` among the words, how many, from where on (0..1) and how much (0..1) of the whole."""

    key: str
    count: int
    start: float
    share: float

    @property
    def tone(self) -> str:
        """`good`, `plain`, `dull`, `warn` or `bad`."""
        return TONES[self.key]


@dataclass(frozen=True)
class Whole:
    """Something counted, cut into slices that add up to it; and `besides`, counts that overlap with those."""

    key: str
    count: int
    slices: list[Slice]
    besides: dict[str, int]


def whole(figures: dict[str, Any]) -> Whole:
    """The records by what they are worth: new, repeated, known, suppressed, unusable."""
    people, counts = figures["people"], {"new": 0, "inside": 0, "known": 0, "suppressed": 0}
    counts = {key: people[key] for key in counts} | {"unusable": figures["fates"]["quarantined"]}
    return _cut("worth", figures["rows"]["records"], counts, {})


def wholes(figures: dict[str, Any]) -> Iterator[Whole]:
    """Phones, e-mails and consents, each by kind."""
    phones, emails, consent = figures["phones"], figures["emails"], figures["consent"]
    kinds = {key: phones[key] for key in ("mobile", "landline", "other")}
    yield _cut("phones", phones["stated"], kinds | {"invalid": phones["stated"] - phones["valid"]},
               {key: phones[key] for key in ("different", "foreign", "repaired")})  # fmt: skip
    kinds = {key: emails[key] for key in ("corporate", "free", "role", "disposable")}
    yield _cut("emails", emails["stated"], kinds | {"invalid": emails["stated"] - emails["valid"]},
               {key: emails[key] for key in ("different", "misspelt")})  # fmt: skip
    bare = max(consent["answered"] - consent["proven"] - consent["refused"], 0)
    said = {"proven": consent["proven"], "bare": bare, "refused": consent["refused"]}
    yield _cut("consent", consent["leads"], said | {"silent": max(consent["leads"] - sum(said.values()), 0)},
               {key: consent[key] for key in ("timed", "worded")})  # fmt: skip


def _cut(key: str, count: int, parts: dict[str, int], besides: dict[str, int]) -> Whole:
    slices, before = [], 0
    for name, n in parts.items():
        slices.append(Slice(name, n, before / count if count else 0, n / count if count else 0))
        before += n
    return Whole(key, count, slices, besides)
