"""A file in place of what a provider or a site would send, under the same headers: so their mended rows come back."""

import pandas as pd

from leads import schema
from leads.pull import REASON, TIME, Pull, Receipt
from leads.source import Source
from sources import tables
from sources.records import moment

# `format` under `[pull]` of such a source once a file is named for it.
FORMAT = "file instead"
# A file cannot write into a reserved name: read from one, `@time` is called so.
AS_READ = f"{TIME} (2)"


def pull(source: Source) -> Pull:
    """The rows of the named file (see `sources.tables.read`)."""
    frames = tables.read(source.model_copy(update={"pull": {"file": source.pull["file"]}}))
    while True:
        try:
            frame = next(frames)
        except StopIteration as end:
            receipt: Receipt = end.value
            return receipt
        yield _timed(frame) if REASON in frame.columns and AS_READ in frame.columns else frame


def _timed(frame: pd.DataFrame) -> pd.DataFrame:
    """Of mended rows `leads rejects` says when the person acted: a consent that comes back is no newer for it."""
    timed = frame.rename(columns={AS_READ: TIME})
    timed[TIME] = schema.texts(moment(text) for text in timed[TIME].fillna(""))
    return timed
