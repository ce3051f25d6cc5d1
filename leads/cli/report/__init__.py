"""The audit of a base as one HTML file: no script, nothing from elsewhere, readable in print and on a phone."""

from pathlib import Path
from typing import Any

import jinja2

from flows.audit.words import Words
from leads import clock
from leads.cli.report.parts import whole, wholes
from leads.errors import LeadsError

PAGE = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


def html(figures: dict[str, Any], words: Words) -> str:
    """The page about the figures of `flows.audit`; whatever the file says (headers, answers) is escaped."""
    return PAGE.get_template("report.html").render(
        **figures, say=words, parts={part.key: part for part in wholes(figures)}, whole=whole(figures),
        date=clock.now()[:16].replace("T", " ") + " UTC",
    )  # fmt: skip


def write(file: Path, figures: dict[str, Any], words: Words) -> None:
    """Write the page; raises LeadsError when the file cannot be written."""
    try:
        file.write_text(html(figures, words), encoding="utf-8")
    except OSError as error:
        raise LeadsError(
            "cannot be written", where=str(file), why=error.strerror or "", do="Choose another --report"
        ) from None
