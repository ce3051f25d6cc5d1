"""Where an installation keeps its things."""

from platformdirs import user_data_path

from leads.settings import Settings


def test_what_is_set_and_empty_is_not_set(monkeypatch):
    for name in ("LEADS_HOME", "LEADS_CONFIG", "LEADS_LANGUAGE", "LEADS_CHUNK_ROWS"):
        monkeypatch.setenv(name, "")
    place = Settings()
    assert place.home == user_data_path("wellspring")
    assert (place.config, place.language, place.chunk_rows) == (None, "en", 20_000)
