"""Errors a person can act on: what, where, why, what next, in one line and without a personal value."""

import traceback
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLACES = 4


class LeadsError(Exception):
    """Anything that stops a command; its text is one line for the person who ran it.

    `exit_code` is what the command line returns: 2, nothing changed.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", why: str = "", do: str = "") -> None:
        line = what
        if where:
            line = f"{where}: {line}"
        if why:
            line = f"{line}: {why}"
        if do:
            line = f"{line}. {do}"
        super().__init__(" ".join(line.split()))


class ConfigError(LeadsError):
    """A file in `config/` is missing, unreadable or states something we do not know."""


class SourceError(LeadsError):
    """A source answered with something that cannot be its data; asking again will not help."""


class SourceUnavailable(LeadsError):
    """A source did not answer, or asked us to come back later; the network step may be tried again."""


class StoreError(LeadsError):
    """The store cannot be opened, read or written."""


class AccountingError(LeadsError):
    """Rows received and rows accounted for differ (promise P1): the run fails."""


class Fault(LeadsError):
    """Something that nobody foresaw: a fault of the program, whoever ran it."""

    exit_code = 3


def fault(error: BaseException) -> Fault:
    """An unforeseen error without its text, which in most libraries quotes the value it stumbled over: what it is, and
    through which lines of ours it came, the last first."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        f"{Path(frame.filename).relative_to(ROOT)}:{frame.lineno}"
        for frame in reversed(frames)
        if Path(frame.filename).is_relative_to(ROOT) and "site-packages" not in frame.filename
    ]
    return Fault(
        f"an error that was not foreseen, {type(error).__name__}", where=", ".join(ours[:PLACES]),
        do="It is a fault of the program: report this line",
    )  # fmt: skip
