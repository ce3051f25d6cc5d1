"""`leads up`: the Prefect server with its UI, the deployments and a worker, in one command, on loopback."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from leads.cli.prefect_server import running_server, server_file
from leads.cli.show import say
from leads.errors import LeadsError
from leads.settings import prefect_environment, settings

ROOT = Path(__file__).parent.parent.parent
STARTED_WITHIN = 120


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: leads up --port 4300")(up)


def up(
    port: Annotated[int, typer.Option(help="Port of the server and its UI, on loopback.")] = 4200,
) -> None:
    """Start the Prefect server with its UI, the deployments and a worker; Ctrl-C ends them all."""
    from store.engine import open_store
    from store.migrate import migrate

    home = settings().home
    migrate(open_store(settings().database_url))
    url = running_server(home)
    if url:
        raise LeadsError(f"already up at {url.removesuffix('/api')}", do="Stop that one first, or use it")
    _refuse_busy(port)
    _environment(home, port)
    with contextlib.ExitStack() as stack, _ended_by_signals():
        if (home / "demo").is_dir():
            stack.enter_context(_demo_site(home))
        say("Starting the Prefect server (10-20 s) …")
        server = stack.enter_context(
            _process("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
        )
        _wait_healthy(server, os.environ["PREFECT_API_URL"])
        server_file(home).write_text(json.dumps({"api": os.environ["PREFECT_API_URL"], "pid": server.pid}))
        stack.callback(server_file(home).unlink, missing_ok=True)
        say("Deploying the flows …")
        _deploy(home)
        from flows.deployments import POOL

        worker = stack.enter_context(_process("prefect", "worker", "start", "--pool", POOL, "--type", "process"))
        say(
            f"Up: http://127.0.0.1:{port}  (Deployments → ingest_by_hand → Quick run or Custom run). Ctrl-C ends it."
        )
        while server.poll() is None and worker.poll() is None:
            time.sleep(0.5)
        raise LeadsError(
            "the Prefect server or the worker ended by itself", where=str(home / "prefect" / "up.log")
        )


def _environment(home: Path, port: int) -> None:
    """What the server, the deployer, the worker and its flow runs share."""
    prefect_environment(home)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
    # The UI asks 127.0.0.1:4200 whatever the port, unless it is told.
    os.environ["PREFECT_UI_API_URL"] = os.environ["PREFECT_SERVER_UI_API_URL"] = f"http://127.0.0.1:{port}/api"
    os.environ["PREFECT_LOGGING_EXTRA_LOGGERS"] = "leads"
    os.environ["PREFECT_LOGGING_LEVEL"] = "INFO"
    os.environ["LEADS_HOME"] = str(home.absolute())
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))


def _refuse_busy(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise LeadsError(
                f"port {port} is in use", where="127.0.0.1", do="Choose another with --port"
            ) from None


@contextlib.contextmanager
def _process(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child that writes to `<home>/prefect/up.log` and is ended with us."""
    log = settings().home / "prefect" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        child = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            stdout=sink,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    try:
        yield child
    finally:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait_healthy(server: subprocess.Popen[bytes], api: str) -> None:
    import httpx

    end = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{api}/health", timeout=2).is_success:
                return
        time.sleep(0.5)
    raise LeadsError("the Prefect server did not start", where=str(settings().home / "prefect" / "up.log"),
                     do="Its last lines say why")  # fmt: skip


def _deploy(home: Path) -> None:
    from flows.deployments import POOL, render

    file = home / "prefect" / "prefect.yaml"
    file.write_text(render(settings().config_dir), encoding="utf-8")
    for arguments in (
        ["work-pool", "create", POOL, "--type", "process", "--overwrite"],
        ["--no-prompt", "deploy", "--all", "--prefect-file", str(file)],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "prefect", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise LeadsError("the deployments were refused", why=(done.stderr or done.stdout).strip()[-300:])


@contextlib.contextmanager
def _demo_site(home: Path) -> Iterator[None]:
    """The demo's home gets its sample sites again, so that its schedules and manual runs find them."""
    from leads.cli.demo import sites

    with sites(home):
        yield


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM ends us as Ctrl-C does: quietly, children first."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        say("Stopping …")
    finally:
        signal.signal(signal.SIGTERM, before)
