"""Time as the store writes it: UTC, ISO 8601, always 27 characters, so that text order is time order."""

from datetime import UTC, datetime


def now() -> str:
    """The present moment, e.g. `2026-11-22T09:14:03.120000Z`."""
    return utc(datetime.now(UTC))


def utc(moment: datetime) -> str:
    """`moment` (aware, or naive and then taken as UTC) in the store's form."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # Not strftime, whose years before 1000 have fewer digits on Linux.
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """The aware datetime of an ISO 8601 text; raises ValueError when it is none."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
