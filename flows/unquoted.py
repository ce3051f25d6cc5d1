"""What Prefect keeps of a failed run: one line that quotes nobody (promise P7).

It writes the text of an exception into its database, its logs and its page; a library's text quotes the value that it
stumbled over.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from leads.errors import LeadsError, fault

P = ParamSpec("P")
R = TypeVar("R")


def unquoted(work: Callable[P, R]) -> Callable[P, R]:
    """A task or a flow of which an unforeseen error is told without its text."""

    @wraps(work)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except LeadsError:
            raise
        except Exception as error:
            raise fault(error) from None

    return told
