"""Which leads nobody could be reached by, and why."""

import pandas as pd

from leads import schema

NOTHING_STATED = "no contact point"


def unusable(leads: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """LEADS and POINTS -> `lead_id`, `reason` of the leads without a usable point, in the order of the leads.

    The reason is the flag of the first point that was set aside (`phone: spreadsheet damaged`, `email: no @`), or
    `no contact point` where none was stated.
    """
    usable = points.loc[points["usable"], "lead_id"]
    left = leads.loc[~leads["lead_id"].isin(usable), ["lead_id"]].reset_index(drop=True)
    first = points.drop_duplicates("lead_id").set_index("lead_id")
    reasons = (first["type"] + ": " + first["flag"]).reindex(left["lead_id"]).fillna(NOTHING_STATED)
    return left.assign(reason=pd.array(reasons.to_numpy(), dtype=schema.TEXT))
