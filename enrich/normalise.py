"""The stage STATED -> LEADS and POINTS: what each lead states, in one spelling."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from enrich import text
from enrich.birthdays import read_birthdays
from enrich.companies import split_companies
from enrich.countries import read_countries
from enrich.distinct import read_each
from enrich.emails import read_emails
from enrich.labels import labelled
from enrich.languages import read_languages
from enrich.markers import without_markers
from enrich.messenger_reader import services
from enrich.messengers import read_messengers
from enrich.moments import read_moments
from enrich.names import CELLS, split_names
from enrich.phones import read_phones
from enrich.points import by_place
from leads import schema

AS_STATED = ("lead_id", "row", "part", "record_key", "source_uri", "attributes")
SHORT_TEXTS = (
    "job", "region", "city", "address", "postcode", "website", "legal_address", "postal_address",
    "delivery_address", "external_id", "responsible",
)  # fmt: skip
ANSWERS = ("tier", "tags", "consent")
NAME_PARTS = ("name_text", "family_name", "given_name", "patronymic", "family_key", "given_key")
ORGANISATION = "name is an organisation"


def normalise(stated: pd.DataFrame, *, region: str, language: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """STATED of one chunk -> (LEADS, POINTS), both in the order of the rows.

    `region` (ISO country) and `language` are the source's, for leads that state none. What cannot be read is set
    aside: a point with its flag, or a flag of the lead (`junk name`, `name is an organisation`, `several people`,
    `name too long`, `country not understood`, `language not understood`, `stated_at not understood`, `birthday not
    understood`). A lead's reading depends on its own row alone. Raises LeadsError when a frame is not as its
    schema says.
    """
    stated = schema.check(schema.STATED, stated).reset_index(drop=True)
    countries = read_countries(text.one_line(stated["country"]))
    languages = read_languages(text.one_line(stated["language"]))
    moments = read_moments(text.one_line(stated["stated_at"]))
    spoken = languages["language"].fillna(language)
    birthdays = read_birthdays(text.one_line(stated["birthday"]), spoken)
    names = split_names(_name_cells(stated, spoken))
    companies = split_companies(_company_cells(stated, names))
    leads = stated[list(AS_STATED)].copy()
    leads["occurred_at"] = stated["occurred_at"].fillna(moments["moment"])
    leads["country"], leads["language"], leads["birthday"] = countries["country"], spoken, birthdays["birthday"]
    leads[list(NAME_PARTS)] = names[list(NAME_PARTS)]
    leads[["company", "company_form", "company_key"]] = companies[["company", "company_form", "company_key"]]
    leads["kind"] = _kinds(leads)
    for field in SHORT_TEXTS:
        leads[field] = without_markers(text.one_line(stated[field]))
    for field in ANSWERS:
        leads[field] = text.one_line(stated[field])
    leads["request"] = text.lines(stated["request"])
    for field in (
        "title",
        "gender",
        "registrations",
        "domain",
        "region_code",
        "street",
        "house",
        "ordered_on",
        "amount",
        "currency",
    ):
        leads[field] = schema.texts([None] * len(leads))
    flags = [names["flags"], *(read["flag"] for read in (countries, languages, moments, birthdays))]
    leads["flags"] = _joined(flags)
    points = _points(stated, countries["country"].fillna(region))
    return schema.check(schema.LEADS, leads[list(schema.LEADS.columns)]), schema.check(schema.POINTS, points)


def _name_cells(stated: pd.DataFrame, languages: pd.Series) -> pd.DataFrame:
    cells = {field: text.one_line(stated[field]) for field in CELLS if field != "language"}
    return pd.DataFrame({"lead_id": stated["lead_id"], **cells, "language": languages})


def _company_cells(stated: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """Companies as stated, else the name that turned out to be one."""
    company = without_markers(text.one_line(stated["company"]))
    from_name = names["name_text"].where((names["flags"] == ORGANISATION).fillna(False))
    return pd.DataFrame({"lead_id": stated["lead_id"], "company": company.fillna(from_name)})


def _kinds(leads: pd.DataFrame) -> pd.Series:
    """A lead with a company and no personal name is an organisation, every other a person."""
    named = leads["family_name"].notna() | leads["given_name"].notna()
    organisation = (leads["company"].notna() & ~named).to_numpy(dtype=bool)
    kinds = pc.if_else(pa.array(organisation), "organisation", "person")
    return pd.Series(pd.array(kinds, dtype=schema.TEXT))


def _points(stated: pd.DataFrame, regions: pd.Series) -> pd.DataFrame:
    read = [
        read_phones(_cells(stated, "phone", regions)),
        read_emails(labelled(stated, "email")),
        read_messengers(_messenger_cells(stated, regions)),
    ]
    return by_place(read, stated["lead_id"])


def _cells(stated: pd.DataFrame, field: str, regions: pd.Series) -> pd.DataFrame:
    """The texts of a field with their labels, and the region in which each is read."""
    cells = labelled(stated, field)
    return cells.assign(region=regions.take(cells["place"].to_numpy()).array)


def _messenger_cells(stated: pd.DataFrame, regions: pd.Series) -> pd.DataFrame:
    """The texts of every messenger's own field, and of the field for any of them."""
    own = [
        pd.DataFrame(
            {"lead_id": stated["lead_id"], "text": stated[service], "region": regions, "service": service}
        )
        for service in services()
        if stated[service].notna().any()
    ]
    return pd.concat([_cells(stated, "messenger", regions), *own], ignore_index=True)


def _joined(flags: list[pd.Series]) -> pd.Series:
    """Flags of each row as a sorted `|`-list, null for none."""
    frame = pd.concat(flags, axis=1, keys=[str(place) for place in range(len(flags))])
    return read_each(frame, list(frame.columns), ["flags"], _join)["flags"]


def _join(*flags: str | None) -> tuple[str | None]:
    return ("|".join(sorted(filter(None, flags))) or None,)
