"""A base that an employee brought, beside clients the store already knows."""

import pytest
from sqlalchemy import text

from flows import handover, stages
from leads.home import copy_config
from leads.settings import reload, settings
from store import runs
from store.engine import reading

PEOPLE = [("Anna", "Musterstein"), ("Bert", "Probemann"), ("Clara", "Beispiel"), ("Dora", "Vorlage")]
CONFIG = """
title = "{name}"
kind = "{kind}"
owner = "sales"
licence = "example"
legal_basis = "consent"
from_person = false
region = "DE"
language = "de"

[pull]
file = "{file}"
{origin}

[columns]
"Name" = "full_name"
"Phone" = "phone"
"Yes" = "consent"

[consent]
given = ["ja"]
"""
ORIGIN = (
    'brought_by = "team_cluj"\nlawful_origin = "Visitors of a stand in 2025, their organiser agreed in writing"'
)


@pytest.fixture
def ingest(home, store, monkeypatch):
    """Take people as a source of a kind; the settings lead to the store of the dialect."""
    copy_config(home)
    monkeypatch.setenv("LEADS_STORE_URL", store.url.render_as_string(hide_password=False))
    reload()

    def take(name: str, kind: str, people: list[int], origin: str = "") -> dict[str, int]:
        file = home / f"{name}.csv"
        lines = [f"{' '.join(PEOPLE[i])};0151 1000001{i};ja" for i in people]
        file.write_text("\n".join(["Name;Phone;Yes", *lines, ""]))
        config = CONFIG.format(name=name, kind=kind, file=file, origin=origin)
        (home / "config" / "sources" / f"{name}.toml").write_text(config)
        return stages.ingest(
            store, settings(), stages.configured(name), runs.start_run(store, "ingest", name, None)
        )

    return take


def ask(store, sql: str) -> list[tuple]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_it_permits_nothing_and_takes_no_client_from_an_owner(store, ingest):
    ingest("known", "purchased_base", [0, 1])
    handover.deliver(store, settings())
    owned = ask(store, "SELECT contact_id, owner, since, until FROM assignment ORDER BY 1")
    assert len(owned) == 2
    counted = ingest("brought", "employee_base", [0, 1, 2, 3], ORIGIN)
    assert (counted["merged"], counted["created"]) == (2, 2)
    assert handover.deliver(store, settings()).digest["owner"].ne("team_cluj").all()
    assert ask(store, "SELECT contact_id, owner, since, until FROM assignment ORDER BY 1")[:2] == owned
    assert ask(store, "SELECT DISTINCT verdict FROM permission_decision") == [("deny",)]
    kinds = ask(store, "SELECT DISTINCT kind FROM consent_history WHERE source = 'brought' ORDER BY 1")
    assert kinds == [("imported_claim",), ("notice_due",)]
    assert (
        "their organiser agreed in writing" in ask(store, "SELECT config FROM source WHERE name = 'brought'")[0][0]
    )
