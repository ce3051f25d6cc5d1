"""The list of rows that must not be used any more, in the words of who has the files."""

from collections.abc import Iterable, Mapping
from typing import Any

from sales.headings import headings

COLUMNS = ("delivery", "files", "sheet", "row", "contact", "not_for", "why_not", "since")


def headers(reader: str) -> dict[str, str]:
    """Column -> its heading."""
    return {name: headings().columns[name].in_(reader) for name in COLUMNS}


def title(reader: str) -> str:
    """The name of the sheet."""
    return headings().sheets["recalls"].in_(reader)


def lines(found: Iterable[Mapping[str, Any]], reader: str) -> list[dict[str, str]]:
    """Rows of `store.recalls.listing` as heading -> text."""
    named = headers(reader)
    return [{named[column]: text for column, text in _line(one, reader).items()} for one in found]


def _line(one: Mapping[str, Any], reader: str) -> dict[str, str]:
    said, sheets = headings(), headings().sheets
    named = [said.channels[name].in_(reader) for name in one["channels"] if name in said.channels]
    whole = "any" in one["channels"] or len(named) < len(one["channels"])
    return {
        "delivery": one["reference"] or one["kind"], "files": ", ".join(one["files"]),
        "sheet": sheets[one["sheet"]].in_(reader) if one["sheet"] in sheets else "",
        "row": str(one["row"] or ""), "contact": one["contact"],
        "not_for": said.sentences["anything"].in_(reader) if whole else ", ".join(named),
        "why_not": one["why"], "since": one["since"][:16].replace("T", " ") + " UTC",
    }  # fmt: skip
