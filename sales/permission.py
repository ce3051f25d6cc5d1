"""What the gate has to be asked before a contact is handed over."""

import pandas as pd

from leads import schema
from leads.sets import query

# Which channels a contact point is used on.
CHANNELS = {"phone": ("call", "sms"), "email": ("email",), "messenger": ("messenger",)}


def questions(cards: pd.DataFrame, points: pd.DataFrame, purpose: str) -> pd.DataFrame:
    """ASKED: one row per contact point of the CARDS and channel, for one purpose.

    The jurisdictions are those of the number and of the contact's country; where neither is known, those that the
    contact's sources are about. The strictest of them decides.
    """
    channels = pd.DataFrame(
        [(type_, channel) for type_, names in CHANNELS.items() for channel in names], columns=["type", "channel"]
    )
    found = query(
        """SELECT p.contact, p.type, p.value, c.channel, ? AS purpose,
                  CASE WHEN coalesce(p.region, k.country) IS NULL THEN k.source_regions
                       ELSE array_to_string(list_sort(list_distinct(list_filter(
                           [p.region, k.country], lambda x: x IS NOT NULL))), '|') END AS jurisdictions,
                  k.audience, p.kind, k.source_kinds, k.country, k.region_code, k.customer_at, k.enquired_at
           FROM points p JOIN cards k USING (contact) JOIN channels c USING (type)
           ORDER BY p.contact, p.type, p.value, c.channel""",
        [purpose],
        points=points,
        cards=cards,
        channels=channels.astype(schema.TEXT),
    )
    return schema.check(schema.ASKED, found)
