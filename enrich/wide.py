"""LEADS and POINTS beside each other: one row per lead, for who wants a table and no store."""

import pandas as pd

from enrich.phones.reader import REPAIRED
from leads import schema

# The first points of a lead have columns of their own, the others a common one.
MOST = {"phone": 3, "email": 3}
# Column of POINTS -> how it is called beside the lead's others.
SHOWN = {
    "phone": {"value": "e164", "valid": "valid", "kind": "type", "region": "region", "ext": "ext",
              "repair": "repair", "usable": "usable", "label": "label", "flag": "flag"},
    "email": {"value": "key", "display": "address", "valid": "valid", "kind": "kind", "usable": "usable",
              "label": "label", "flag": "flag"},
}  # fmt: skip
IDS = ("lead_id", "row", "part", "record_key", "attributes", "source_uri")


def wide(leads: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """LEADS with their POINTS in columns: `row`, `part`, the fields of LEADS, and for the first, second and third
    phone `phone_e164`, `phone2_e164` … with valid, type, region, ext, repair (how it was mended), usable, label and
    flag (why it is not usable); for e-mails `email_key`, `email_address`, valid, kind, usable, label, flag; what is
    more, and every messenger, `|`-joined in `phones_more`, `emails_more` and `messengers`.

    A lead's id stands once in `leads`. Points that are not there are null.
    """
    shown = leads[["row", "part", *(name for name in leads.columns if name not in IDS)]].reset_index(drop=True)
    places = pd.Series(range(len(leads)), index=pd.Index(leads["lead_id"]))
    found = points["flag"].str.extract(rf"^(?P<flag>.*?)(?:; )?(?P<repair>{REPAIRED}.*)?$")
    points = points.assign(
        place=places.reindex(points["lead_id"]).to_numpy(),
        repair=found["repair"],
        flag=found["flag"].mask(found["flag"] == ""),
    )
    found = [shown]
    for kind, most in MOST.items():
        own = points[points["type"] == kind]
        number = own.groupby("place", sort=False).cumcount()
        found += [_nth(own[number == nth], kind, nth, len(leads)) for nth in range(most)]
        found.append(_joined(own[number >= most], f"{kind}s_more", len(leads)))
    found.append(_joined(points[points["type"] == "messenger"], "messengers", len(leads)))
    return pd.concat(found, axis=1)


def _nth(points: pd.DataFrame, kind: str, nth: int, count: int) -> pd.DataFrame:
    """The points of one number, each in the row of its lead."""
    placed = points.set_index("place")[list(SHOWN[kind])].reindex(range(count))
    before = f"{kind}{nth + 1}_" if nth else f"{kind}_"
    return placed.set_axis([before + name for name in SHOWN[kind].values()], axis=1)


def _joined(points: pd.DataFrame, name: str, count: int) -> pd.DataFrame:
    """The values, or the texts that could not be read, of each lead."""
    texts = points["value"].fillna(points["text"]).astype(object).groupby(points["place"].to_numpy()).agg("|".join)
    return texts.reindex(range(count)).astype(schema.TEXT).to_frame(name)
