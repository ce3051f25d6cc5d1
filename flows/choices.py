"""The pick-lists of the forms in the Prefect UI, as the configuration stands when a flow is loaded."""

from enum import StrEnum
from typing import TYPE_CHECKING

from leads.settings import settings
from leads.source import source_names
from sales.segments import load_segments

if TYPE_CHECKING:

    class SourceName(StrEnum):
        """`all`, or the name of a configured source."""

        ALL = "all"

    class SegmentName(StrEnum):
        """`all`, or the name of a configured segment."""

        ALL = "all"

else:
    # A list of one would be shown as a JSON box, and an empty one cannot be made: `all` is always there.
    SourceName = StrEnum("SourceName", {n: n for n in ["all", *source_names(settings().config_dir)]})
    SegmentName = StrEnum("SegmentName", {n: n for n in ["all", *sorted(load_segments(settings().config_dir))]})
