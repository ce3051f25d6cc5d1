"""Against a running server: `leads up`, a deployed flow triggered through the API, and the UI in a real browser.

One server for the module; everything stays on loopback and ends with it.
"""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from leads.home import copy_config

ROOT = Path(__file__).parents[2]
LEADS = [sys.executable, "-c", "from leads.cli import main; main()"]
STARTED_WITHIN, DONE_WITHIN = 150, 120
pytestmark = [pytest.mark.flows, pytest.mark.xdist_group("up")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "demo").mkdir()
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LEADS_", "PREFECT_"))}
    # The worker looks for runs every second, and not every ten.
    quick = {"PREFECT_WORKER_QUERY_SECONDS": "1"}
    environment = kept | quick | {"LEADS_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with (home / "said").open("w") as said:
        process = subprocess.Popen(
            [*LEADS, "up", "--port", str(port)], cwd=home, env=environment, stdout=said, stderr=said,
            # Whoever was started in the background ignores Ctrl-C, and so would this.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
    try:
        end = time.monotonic() + STARTED_WITHIN
        while "Up: " not in (home / "said").read_text():
            assert process.poll() is None, (home / "said").read_text()
            assert time.monotonic() < end, (home / "prefect" / "up.log").read_text()[-2000:]
            time.sleep(0.3)
        yield home, f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def run(url: str, deployment: str, parameters: dict[str, object]) -> dict[str, object]:
    """Start a deployed flow as the UI does, and wait for its end."""
    with httpx.Client(base_url=f"{url}/api", timeout=30) as api:
        found = api.get(f"/deployments/name/{deployment}").raise_for_status().json()
        end = time.monotonic() + DONE_WITHIN
        made = api.post(f"/deployments/{found['id']}/create_flow_run", json={"parameters": parameters})
        while made.status_code == 503 and time.monotonic() < end:  # the server's SQLite was busy
            time.sleep(1)
            made = api.post(f"/deployments/{found['id']}/create_flow_run", json={"parameters": parameters})
        flow_run = made.raise_for_status().json()["id"]
        while True:
            got = api.get(f"/flow_runs/{flow_run}").raise_for_status().json()
            if got["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
                return got
            assert time.monotonic() < end, got["state"]
            time.sleep(0.5)


def test_a_deployed_flow_runs_and_its_result_is_in_the_store(served):
    home, url = served
    got = run(url, "ingest/ingest_by_hand", {"source": "expo_visitors"})
    assert got["state"]["type"] == "COMPLETED", got["state"]
    with sqlite3.connect(home / "store.db") as store:
        fates = dict(store.execute("SELECT fate, count(*) FROM fate GROUP BY fate"))
        status = store.execute("SELECT status, flow_run_id FROM run").fetchall()
    assert fates["created"] > 200
    assert fates["quarantined"] == 9
    assert status == [("done", got["id"])]


def test_the_server_refuses_a_source_that_is_not_configured(served):
    _, url = served
    with httpx.Client(base_url=f"{url}/api", timeout=30) as api:
        found = api.get("/deployments/name/ingest/ingest_by_hand").json()
        answer = api.post(f"/deployments/{found['id']}/create_flow_run", json={"parameters": {"source": "nobody"}})
    assert answer.status_code in (409, 422)


def test_every_schedule_has_runs_waiting(served):
    """With some versions of SQLAlchemy Prefect's scheduler fails in silence: nothing would ever run."""
    _, url = served
    end = time.monotonic() + 90
    wanted = {"state": {"type": {"any_": ["SCHEDULED"]}}}
    while True:
        answer = httpx.post(f"{url}/api/flow_runs/filter", json={"flow_runs": wanted, "limit": 200}, timeout=30)
        scheduled = {r["deployment_id"] for r in answer.json() if r["auto_scheduled"]}
        if len(scheduled) == len(list((ROOT / "config" / "sources").glob("*.toml"))) + 2:  # the inbox, the duties
            return
        assert time.monotonic() < end, f"{len(scheduled)} deployments have scheduled runs"
        time.sleep(1)


def test_prefect_holds_no_personal_value(served):
    """Parameters, logs, artifacts and results hold ids, counts and paths (promise P7)."""
    home, url = served
    run(url, "ingest/ingest_by_hand", {"source": "conference_attendees"})
    run(url, "deliver/deliver_by_hand", {})
    artifacts = httpx.post(f"{url}/api/artifacts/filter", json={}, timeout=30).json()
    assert {a["key"] for a in artifacts} >= {"accounting", "quality-per-source", "delivery"}
    with sqlite3.connect(home / "store.db") as store:
        values = [v for (v,) in store.execute("SELECT value FROM contact_point")]
        names = [
            v for (v,) in store.execute("SELECT DISTINCT family_name FROM contact WHERE length(family_name) > 6")
        ]
    assert len(values) > 300
    assert len(names) > 50
    kept = [p for p in (home / "prefect").rglob("*") if p.is_file()] + [home / "said"]
    content = b"".join(file.read_bytes() for file in kept)
    assert len(content) > 100_000
    found = [value for value in [*values, *names] if value.encode() in content]
    assert not found, f"{len(found)} personal values in {home / 'prefect'}"


def test_a_form_is_as_old_as_its_deployment_and_everything_waiting_is_not(served, garden):
    """What decision 0009 rests on: a pick-list goes stale, and the server holds to it."""
    home, url = served
    copy_config(home)
    (home / "config" / "sources" / "garden.toml").write_text(garden())
    folder = home / "inbox" / "garden"
    folder.mkdir(parents=True)
    (folder / "base.csv").write_text("Name;Phone\nAnna Musterstein;0151 10000001\n")
    with httpx.Client(base_url=f"{url}/api", timeout=30) as api:
        found = api.get("/deployments/name/inbox/waiting").raise_for_status().json()
        listed = json.dumps(found["parameter_openapi_schema"])
        answer = api.post(f"/deployments/{found['id']}/create_flow_run", json={"parameters": {"source": "garden"}})
    assert "stroyka_base" in listed
    assert "garden" not in listed
    assert answer.status_code in (409, 422)
    got = run(url, "inbox/waiting", {})
    assert got["state"]["type"] == "COMPLETED", got["state"]
    assert (folder / "done" / "base.csv").is_file()
    with sqlite3.connect(home / "store.db") as store:
        runs = store.execute("SELECT status, flow_run_id FROM run WHERE flow = 'inbox'").fetchall()
    assert runs == [("done", got["id"])]


def test_the_inbox_is_taken_from_the_command_line(served):
    home, _ = served
    folder = home / "inbox" / "stroyka_base"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nothing.csv").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LEADS_", "PREFECT_"))}
    done = subprocess.run(
        [*LEADS, "inbox", "--take", "--source", "stroyka_base", "--json"],
        cwd=home, env=kept | {"LEADS_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=DONE_WITHIN, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    (one,) = json.loads(done.stdout)
    assert (one["file"], one["outcome"]) == ("nothing.csv", "failed")
    assert (folder / "failed" / "nothing.csv.txt").read_text().strip() == one["error"]


@pytest.mark.browser
def test_ops_see_the_deployments_and_a_form_in_the_browser(served, tmp_path):
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("Debian's chromium is not installed: apt-get install chromium")
    _, url = served
    page = dump(chromium, tmp_path, f"{url}/deployments")
    # Ten stand on the first page.
    for name in ("stroyka_base", "daily", "company_directory", "deliver_by_hand"):
        assert name in page
    assert httpx.get(f"{url}/api/deployments/name/ingest/website_form", timeout=30).is_success
    by_hand = httpx.get(f"{url}/api/deployments/name/ingest/ingest_by_hand", timeout=30).json()["id"]
    form = dump(chromium, tmp_path, f"{url}/deployments/deployment/{by_hand}/run")
    assert "Which source to pull" in form
    assert "Show the accounting, and change nothing" in form
    positions = [form.index(label) for label in ("Which source", "a file on the worker", "Show the accounting")]
    assert positions == sorted(positions)


def dump(chromium: str, folder: Path, url: str) -> str:
    """The page as it stands after its scripts have run."""
    done = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=30000", "--dump-dom", url,
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return re.sub(r"<script.*?</script>", "", done.stdout, flags=re.DOTALL)
