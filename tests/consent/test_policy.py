import shutil
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from consent.policy import Audience, load_packs, periods
from leads.errors import ConfigError
from leads.source import Channel, Purpose

POLICY = Path(__file__).parents[2] / "config" / "policy"
PACK = (POLICY / "ro.toml").read_text(encoding="utf-8")


def load(folder: Path, text: str, name: str = "ro.toml"):
    (folder / name).write_text(text, encoding="utf-8")
    return load_packs(folder)


HOME = {"HU", "RO", "BA", "HR", "RS", "RU"}


def test_every_shipped_pack_is_valid_and_unreviewed(packs):
    assert set(packs) == {*HOME, "DE", "FR", "GB", "US", "CA", "HOUSE"}
    for pack in packs.values():
        for rule in pack.rules:
            assert pack.review_of(rule) == "not confirmed by counsel"
            assert rule.seen != "unverified" or rule.note, rule.id


def test_every_pack_of_ours_speaks_of_every_channel_purpose_and_audience(packs):
    for jurisdiction in (*HOME, "DE", "FR", "GB"):
        for asked in product(get_args(Channel), get_args(Purpose), get_args(Audience)):
            found = [r for r in packs[jurisdiction].rules if r.speaks_of(*asked) and r.effective("2026-11-22")]
            assert [r for r in found if r.mode != "limits" and not r.excepts], (jurisdiction, asked)


def test_name_holds_version_and_hash_and_ignores_comments(tmp_path):
    pack = load(tmp_path, PACK)["RO"]
    assert pack.name == f"ro@2026.11.2+{pack.fingerprint[:12]}"
    assert load(tmp_path, "# a comment\n" + PACK)["RO"].name == pack.name
    assert load(tmp_path, PACK.replace('seen = "secondary"', 'seen = "primary"'))["RO"].name != pack.name


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('review = "not', 'reviewed = "not', "reviewed|review"),
        ('mode = "opt_in"', 'mode = "maybe"', "rules.0.mode"),
        ('channels = ["email"', 'channels = ["fax"', "rules.0.channels.0"),
        ('effective_from = "2004-11-28"', 'effective_from = "28.11.2004"', "rules.0.effective_from"),
        ('effective_from = "2004-11-28"', 'effective_from = "2004-11-31"', "rules.0.effective_from"),
        ('effective_from = "2004-11-28"', 'effective_from = 2004-11-28', "rules.0.effective_from"),
        ('effective_from = "2004-11-28"', 'effective_from = "2004-11-28"\neffective_to = "2004-11-27"', "rules.0"),
        ('purposes = ["marketing"', 'hours = "9-20"\npurposes = ["marketing"', "rules.0"),
        ('purposes = ["marketing"', 'hour = "Mon-Fri 09:00-20:00"\npurposes = ["marketing"', "rules.0.hour"),
        ('purposes = ["marketing"', 'cap = "4 a month"\npurposes = ["marketing"', "rules.0.cap"),
        ('purposes = ["marketing"', 'consent_age = "2 years"\npurposes = ["marketing"', "rules.0.consent_age"),
        ('purposes = ["marketing"', 'within = "P2Y"\npurposes = ["marketing"', "only an exception"),
        ('conditions = ["own_similar"', 'conditions = ["be nice"', "rules.1.conditions.0"),
        ('mode = "opt_in"', 'mode = "limits"', "limits nothing"),
        ('excepts = ["RO-506-12-1"]', 'excepts = ["RO-506-13"]', "no rule of this pack"),
        ('relations = ["customer"]', '', "an exception names"),
        ('id = "RO-506-12-1-CALL"', 'id = "HU-506-12-1-CALL"', "not named after"),
        ('timezone = "Europe/Bucharest"', 'timezone = "Europe/Bukarest"', "timezone"),
        ('id = "RO-506-12-1-CALL"', 'id = "RO-506-12-1"', "twice"),
        ('version = "2026.11.2"', 'version = "latest"', "version"),
    ],
)  # fmt: skip
def test_a_wrong_pack_names_file_and_key(tmp_path, old, new, key):
    assert old in PACK
    with pytest.raises(ConfigError) as error:
        load(tmp_path, PACK.replace(old, new))
    assert "ro.toml" in str(error.value)
    assert any(part in str(error.value) for part in key.split("|"))


def test_a_pack_is_named_after_its_jurisdiction(tmp_path):
    with pytest.raises(ConfigError, match=r"de\.toml.*another jurisdiction.*ro\.toml"):
        load(tmp_path, PACK, "de.toml")


def test_no_pack_at_all_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="no policy pack"):
        load_packs(tmp_path)


def test_broken_toml_names_the_file(tmp_path):
    shutil.copy(POLICY / "de.toml", tmp_path)
    with pytest.raises(ConfigError, match=r"ro\.toml"):
        load(tmp_path, PACK + "\n[[rules")


@pytest.mark.parametrize(
    ("day", "covered"),
    [("2026-08-10", False), ("2026-08-11", True), ("2026-12-31", True), ("2027-01-01", False)],
)
def test_effective_days_are_inclusive(tmp_path, day, covered):
    dated = PACK.replace(
        'effective_from = "2004-11-28"', 'effective_from = "2026-08-11"\neffective_to = "2026-12-31"', 1
    )
    rule = load(tmp_path, dated)["RO"].rules[0]
    assert rule.effective(day) is covered


def test_our_own_practice_makes_no_exceptions(tmp_path):
    house = PACK.replace('"RO"', '"HOUSE"').replace('id = "RO-', 'id = "HOUSE-').replace('["RO-', '["HOUSE-')
    with pytest.raises(ConfigError, match="makes no exceptions"):
        load(tmp_path, house, "house.toml")


def test_the_house_only_says_how(packs):
    assert {rule.mode for rule in packs["HOUSE"].rules} <= {"opt_in", "limits", "prohibited"}


def test_every_age_a_pack_asks_about_is_known(packs):
    found = periods(packs, {"2/P1W"})
    assert found == (("P24M", "P3Y"), ("P3M", "P6M", "P18M", "P2Y"), ("P1W", "P7D", "P30D"), (2, 3, 4))
