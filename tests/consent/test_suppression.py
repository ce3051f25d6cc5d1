import hashlib
import hmac
import stat

import pandas as pd
import pytest

from consent.suppression import hashes, peppers, suppressed
from leads.errors import ConfigError, StoreError
from leads.settings import reload

SECRET = "0123456789abcdef" * 4
PHONES = ["+4915112345678", "+4915112345679"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of its own; call the fixture with a pepper to set LEADS_PEPPER."""

    def use(pepper: str = ""):
        monkeypatch.setenv("LEADS_HOME", str(tmp_path))
        monkeypatch.setenv("LEADS_PEPPER", pepper)
        reload()
        return tmp_path

    yield use
    monkeypatch.undo()
    reload()


def test_the_hash_is_the_declared_one(home):
    home(SECRET)
    key_id, text = hashes("phone", PHONES[:1])[0].split(":")
    assert text == hmac.new(SECRET.encode(), b"phone\0" + PHONES[0].encode(), hashlib.sha256).hexdigest()
    assert len(key_id) == 8


def test_hashes_keep_order_and_tell_types_apart(home):
    home(SECRET)
    a, b, again = hashes("phone", [*PHONES, PHONES[0]])
    assert a == again != b
    assert hashes("email", PHONES[:1]) != [a]
    assert hashes("phone", []) == []


def test_the_key_file_is_made_once_for_its_owner_alone(home):
    file = home() / "keys" / "pepper-1"
    made = hashes("phone", PHONES)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert hashes("phone", PHONES) == made
    assert list(file.parent.iterdir()) == [file]


def test_any_usable_point_suppresses_its_lead(home, make_points):
    home()
    points = make_points(
        ("lead1", "phone", PHONES[0]), ("lead1", "email", "a@example.com"), ("lead0", "phone", PHONES[0]),
        ("lead2", "phone", PHONES[1]), ("lead3", "email", PHONES[0]), ("lead4", "phone", None),
    )  # fmt: skip
    unusable = make_points(("lead5", "phone", PHONES[0]), usable=False)
    stored = set(hashes("phone", PHONES[:1]))
    every = pd.concat([points, unusable], ignore_index=True)
    assert list(suppressed(every, stored)["lead_id"]) == ["lead0", "lead1"]
    assert suppressed(every, pd.DataFrame({"hash": list(stored)})).equals(suppressed(every, stored))
    assert suppressed(every, set()).empty
    assert suppressed(every.head(0), stored).empty, "of nobody, nobody"


def test_a_suppressed_phone_suppresses_the_messenger_with_its_number(home, make_points):
    home()
    points = make_points(
        ("lead0", "messenger", f"whatsapp:{PHONES[0]}"), ("lead1", "messenger", f"viber:{PHONES[1]}"),
        ("lead2", "messenger", "telegram:name"), ("lead3", "phone", PHONES[1]),
    )  # fmt: skip
    assert list(suppressed(points, set(hashes("phone", PHONES[:1])))["lead_id"]) == ["lead0"]
    assert list(suppressed(points, set(hashes("messenger", ["telegram:name"])))["lead_id"]) == ["lead2"]


def test_an_old_key_still_recognises(home, make_points):
    folder = home() / "keys"
    stored = set(hashes("phone", PHONES[:1]))
    (folder / "pepper-2").write_text(SECRET)
    (folder / "pepper-2.bak").write_text("not a key")
    assert [pepper.version for pepper in peppers()] == [2, 1]
    assert not stored & set(hashes("phone", PHONES[:1]))
    points = make_points(("lead0", "phone", PHONES[0]))
    assert list(suppressed(points, stored)["lead_id"]) == ["lead0"]
    home("3:" + SECRET[::-1])
    assert [pepper.version for pepper in peppers()] == [3, 2, 1]
    assert list(suppressed(points, stored)["lead_id"]) == ["lead0"]


def test_a_lost_key_stops_the_load_instead_of_forgetting_people(home, make_points):
    folder = home() / "keys"
    stored = set(hashes("phone", PHONES))
    (folder / "pepper-1").unlink()
    with pytest.raises(StoreError, match="cannot be recognised") as error:
        suppressed(make_points(("lead0", "phone", PHONES[0])), stored)
    assert PHONES[0] not in str(error.value)


@pytest.mark.parametrize("pepper", ["short", "2:short"])
def test_a_weak_pepper_is_refused_and_not_shown(home, pepper):
    home(pepper)
    with pytest.raises(ConfigError, match="LEADS_PEPPER") as error:
        peppers()
    assert "short" not in str(error.value)


def test_two_keys_of_one_version_are_refused(home):
    home()
    peppers()
    home(SECRET)
    with pytest.raises(ConfigError, match="version 1 is another key"):
        peppers()


def test_a_cut_key_file_is_refused(home):
    folder = home() / "keys"
    folder.mkdir()
    (folder / "pepper-1").write_text("abc")
    with pytest.raises(ConfigError, match="cut short"):
        peppers()
