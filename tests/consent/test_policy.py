import shutil
from pathlib import Path

import pytest

from consent.policy import load_packs
from leads.errors import ConfigError

POLICY = Path(__file__).parents[2] / "config" / "policy"
PACK = (POLICY / "ro.toml").read_text(encoding="utf-8")


def load(folder: Path, text: str, name: str = "ro.toml"):
    (folder / name).write_text(text, encoding="utf-8")
    return load_packs(folder)


def test_every_shipped_pack_is_valid_and_unreviewed(packs):
    assert set(packs) == {"RU", "HU", "RO", "BA", "RS", "HR", "DE"}
    for pack in packs.values():
        for rule in pack.rules:
            assert pack.review_of(rule) == "not confirmed by counsel"
            assert rule.id.startswith(pack.jurisdiction + "-")
            assert rule.seen != "unverified" or rule.note, rule.id


def test_every_shipped_pack_speaks_of_every_channel_purpose_and_audience(packs):
    for pack in packs.values():
        for channel in ("call", "sms", "email", "messenger"):
            for purpose in ("marketing", "service", "greeting", "survey", "event"):
                for audience in ("consumer", "business"):
                    asked = (channel, purpose, audience, "2026-11-22")
                    assert any(rule.covers(*asked) for rule in pack.rules), (pack.jurisdiction, asked)


def test_name_holds_version_and_hash_and_ignores_comments(tmp_path):
    pack = load(tmp_path, PACK)["RO"]
    assert pack.name == f"ro@2026.11.1+{pack.fingerprint[:12]}"
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
        ('purposes = ["marketing"', 'hours = "9-20"\npurposes = ["marketing"', "rules.0.hours"),
        ('id = "RO-506-12-1-CALL"', 'id = "RO-506-12-1"', "twice"),
        ('version = "2026.11.1"', 'version = "latest"', "version"),
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
    assert rule.covers("email", "marketing", "consumer", day) is covered
