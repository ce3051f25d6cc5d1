"""What a run shows in the Prefect UI: counts only, never a personal value (promise P7)."""

from typing import Any

import pandas as pd
import pyarrow
from sqlalchemy import Engine

from flows.alike.resolving import Difference
from flows.handover import Handed
from store import accounting, quality
from store.engine import reading

# An artifact is for reading: what is longer belongs into a report.
MOST_ROWS = 50


def accounting_markdown(engine: Engine, batch: str) -> str:
    """The accounting of one batch, and why rows were set aside."""
    with reading(engine) as connection:
        counted = accounting.account(connection, batch)
        why = accounting.reasons(connection, batch)
    lines = [f"### Batch `{batch}`", "", "| fate | rows |", "| --- | ---: |"]
    lines += [f"| {fate.replace('_', ' ')} | {count} |" for fate, count in counted.items()]
    lines.append(f"| **all** | **{sum(counted.values())}** |")
    if why:
        lines += ["", "| set aside because | rows |", "| --- | ---: |"]
        lines += [f"| {reason} | {count} |" for reason, count in list(why.items())[:MOST_ROWS]]
    return "\n".join(lines)


def quality_table(engine: Engine) -> list[dict[str, Any]]:
    """Quality per source, one row each."""
    with reading(engine) as connection:
        return quality.per_source(connection)[:MOST_ROWS]


def delivery_markdown(handed: Handed) -> str:
    """How many contacts each owner got, how many are left with a next step, and which rules stood in the way."""
    lines = ["### Delivery", "", "| owner | outcome | rule | contacts |", "| --- | --- | --- | ---: |"]
    lines += [
        f"| {row['owner']} | {row['outcome']} | {row['rule'] or ''} | {row['contacts']} |"
        for row in records(handed.digest)
    ]
    return "\n".join(lines)


def difference_markdown(planned: Difference, *, applied: bool) -> str:
    """Contacts by their leads before and after all leads were compared anew."""
    lines = [f"### Compared anew: {planned.joins:,} joins, {planned.splits:,} splits, {planned.unsure:,} for a person",
             "", "| leads of a contact | contacts now | then |", "| --- | ---: | ---: |"]  # fmt: skip
    lines += [f"| {size} | {now:,} | {then:,} |" for size, (now, then) in planned.sizes.items()]
    lines += ["", "Done." if applied else "Nothing was changed: run it with `apply`."]
    return "\n".join(lines)


def duties_markdown(done: dict[str, int]) -> str:
    """What was done by itself, and what waits for a person."""
    lines = ["### Duties", "", "| what | count |", "| --- | ---: |"]
    return "\n".join([*lines, *(f"| {name.replace('_', ' ')} | {count} |" for name, count in done.items())])


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A small frame of counts as plain rows."""
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    return table.to_pylist()
