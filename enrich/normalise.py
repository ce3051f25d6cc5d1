"""The stage STATED -> LEADS and POINTS: what each lead states, in one spelling."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from enrich import text
from enrich.days.birthdays import read_birthdays
from enrich.days.dates import read_days
from enrich.days.moments import read_moments
from enrich.distinct import read_each
from enrich.emails.cells import read_emails
from enrich.firms.companies import split_companies
from enrich.firms.domains import read_domains
from enrich.firms.registrations import read_registrations
from enrich.labels import labelled
from enrich.languages import read_languages
from enrich.markers import without_markers
from enrich.messengers.cells import read_messengers
from enrich.messengers.reader import services
from enrich.money.cells import read_amounts
from enrich.names.cells import CELLS, split_names
from enrich.phones.cells import read_phones
from enrich.places.addresses import read_addresses
from enrich.places.countries import read_countries
from enrich.points import by_place
from enrich.requests.topics import read_topics
from leads import schema

AS_STATED = ("lead_id", "row", "part", "record_key", "source_uri", "attributes")
SHORT_TEXTS = (
    "job", "address", "website", "legal_address", "postal_address", "delivery_address", "external_id", "responsible",
)  # fmt: skip
COMPANY_PARTS = ("company", "company_form", "company_key")
ADDRESS_PARTS = ("country", "region", "region_code", "city", "street", "house", "postcode")
NAME_PARTS = (
    "name_text", "family_name", "given_name", "patronymic", "title", "gender", "family_key", "given_key",
)  # fmt: skip
ORGANISATION = "name is an organisation"


def normalise(stated: pd.DataFrame, *, region: str, language: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """STATED of one chunk -> (LEADS, POINTS), both in the order of the rows.

    `region` (ISO country) and `language` are the source's, for leads that state none. What cannot be read is set
    aside: a point with its flag, or a flag of the lead (`junk name`, `name is an organisation`, `several people`,
    `name too long`, `country not understood`, `language not understood`, `stated_at not understood`, `birthday not
    understood`, those of addresses and registrations, and `order date: …`, `amount: …`). A lead's reading depends on
    its own row alone. Raises LeadsError when a frame is not as its schema says.
    """
    stated = schema.check(schema.STATED, stated).reset_index(drop=True)
    countries = read_countries(text.one_line(stated["country"]))
    languages = read_languages(text.one_line(stated["language"]))
    moments = read_moments(text.one_line(stated["stated_at"]))
    spoken = languages["language"].fillna(language)
    birthdays = read_birthdays(text.one_line(stated["birthday"]), spoken)
    names = split_names(_name_cells(stated, spoken))
    companies = split_companies(_company_cells(stated, names))
    addresses = read_addresses(_address_cells(stated, countries["country"], spoken, region))
    here = addresses["country"].fillna(region)
    points = _points(stated, here)
    registrations = read_registrations(_registration_cells(stated, here))
    ordered = read_days(text.one_line(stated["ordered_on"]), spoken)
    amounts = read_amounts(text.one_line(stated["amount"]), spoken)
    leads = stated[list(AS_STATED)].copy()
    leads["occurred_at"] = stated["occurred_at"].fillna(moments["moment"])
    for field in SHORT_TEXTS:
        leads[field] = without_markers(text.one_line(stated[field]))
    leads["language"], leads["birthday"], leads["ordered_on"] = spoken, birthdays["birthday"], ordered["day"]
    for read, fields in (
        (names, NAME_PARTS), (companies, COMPANY_PARTS), (addresses, ADDRESS_PARTS), (amounts, ("amount", "currency")),
    ):  # fmt: skip
        leads[list(fields)] = read[list(fields)]
    leads["title"] = leads["title"].fillna(without_markers(text.one_line(stated["title"])))
    leads["kind"] = _kinds(leads)
    leads["registrations"] = registrations["registrations"]
    leads["domain"] = read_domains(_domain_cells(leads, points))["domain"]
    leads["tier"], leads["consent"] = (text.one_line(stated[field]) for field in ("tier", "consent"))
    leads["request"] = text.lines(stated["request"])
    leads["tags"] = _tags(text.one_line(stated["tags"]), read_topics(leads["request"], spoken))
    flags = [read["flag"] for read in (countries, languages, moments, birthdays, addresses, registrations)]
    leads["flags"] = _joined(
        [names["flags"], *flags, "order date: " + ordered["flag"], "amount: " + amounts["flag"]]
    )
    return schema.check(schema.LEADS, leads[list(schema.LEADS.columns)]), schema.check(schema.POINTS, points)


def _address_cells(stated: pd.DataFrame, countries: pd.Series, languages: pd.Series, region: str) -> pd.DataFrame:
    cells = {field: text.one_line(stated[field]) for field in ("region", "city", "address", "postcode")}
    return pd.DataFrame(
        {"lead_id": stated["lead_id"], "country": countries, **cells, "language": languages}
    ).assign(source_region=pd.array([region] * len(stated), dtype=schema.TEXT))


def _registration_cells(stated: pd.DataFrame, countries: pd.Series) -> pd.DataFrame:
    cells = text.lines(stated["registration"])
    return pd.DataFrame({"lead_id": stated["lead_id"], "text": cells, "country": countries})


def _domain_cells(leads: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """The website and the first address at a firm's own domain."""
    own = points[(points["type"] == "email") & (points["kind"] == "corporate") & points["usable"]]
    first = own.drop_duplicates("lead_id").set_index("lead_id")["value"].reindex(leads["lead_id"])
    return leads[["lead_id", "website"]].assign(email=first.array)


def _tags(stated: pd.Series, topics: pd.Series) -> pd.Series:
    """What the source tags a lead with, and what its request is about."""
    # Not null_handling="skip": that leaves rows of nulls out (pyarrow 26), and moves those behind them up.
    columns = [pc.coalesce(pa.array(column, pa.string()), "") for column in (stated, topics)]
    both = pc.replace_substring_regex(pc.binary_join_element_wise(*columns, "|"), r"\s*\|[\s|]*", "|")
    both = pc.utf8_trim(both, " |")
    return pd.Series(pd.array(pc.if_else(pc.equal(both, ""), None, both), dtype=schema.TEXT))


def _name_cells(stated: pd.DataFrame, languages: pd.Series) -> pd.DataFrame:
    fields = [field for field in CELLS if field != "language"]
    cells = {field: text.one_line(stated[field]) for field in (*fields, "gender", "title")}
    gender = cells.pop("gender").fillna(cells.pop("title"))  # Frau, г-н
    return pd.DataFrame({"lead_id": stated["lead_id"], **cells, "gender": gender, "language": languages})


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
