"""Keys from files, the environment and a secret block; older ones stay, and none is ever shown."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from leads import keys
from leads.errors import ConfigError
from leads.settings import reload

ONE, TWO, THREE = "1" * 64, "2" * 64, "3" * 64


@pytest.fixture(autouse=True)
def _no_block_of_another_test(home: Path) -> None:
    keys._block.cache_clear()


def held_by(monkeypatch: pytest.MonkeyPatch, **held: dict[str, str]) -> None:
    """What a block holds, in the place of a server that has it (the real one: below)."""
    monkeypatch.setenv("LEADS_KEYS_BLOCK", "wellspring")
    monkeypatch.setattr(keys, "_block", lambda _: held)
    reload()


def test_the_next_key_is_a_file_and_the_old_one_stays(home: Path) -> None:
    [first] = keys.peppers()
    made = keys.rotate("pepper")
    assert keys.peppers() == [made, first] and (made.version, first.version) == (2, 1)
    assert (home / "keys" / "pepper-2").stat().st_mode & 0o777 == 0o600
    assert [key.version for key in keys.masters()] == [1], "the other kind is left alone"
    assert keys.places("pepper") == {n: str(home / "keys" / f"pepper-{n}") for n in (1, 2)}


def test_block_files_and_variable_are_one_ring(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "keys").mkdir()
    (home / "keys" / "pepper-1").write_text(ONE)
    held_by(monkeypatch, pepper={"3": THREE, "2": TWO})
    assert [(key.version, key.key.decode()) for key in keys.peppers()] == [(3, THREE), (2, TWO), (1, ONE)]
    assert keys.places("pepper")[3] == "block wellspring"
    monkeypatch.setenv("LEADS_PEPPER", f"2:{TWO}")
    reload()
    assert [key.version for key in keys.peppers()] == [2, 3, 1], "the variable says which is the newest"
    with pytest.raises(ConfigError, match="the newest pepper is not a file"):
        keys.rotate("pepper")
    [master] = keys.masters()
    assert master.version == 1 and (home / "keys" / "master-1").exists(), "the block holds none of these"


def test_two_keys_of_one_version_are_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held_by(monkeypatch, pepper={"1": ONE})
    monkeypatch.setenv("LEADS_PEPPER", f"1:{TWO}")
    reload()
    with pytest.raises(
        ConfigError, match="pepper version 1 is another key in LEADS_PEPPER than in block wellspring"
    ) as e:
        keys.peppers()
    assert ONE not in str(e.value) and TWO not in str(e.value)


def test_a_short_key_of_a_block_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held_by(monkeypatch, master={"1": "short"})
    with pytest.raises(ConfigError, match="wellspring: a key has fewer than 32 characters"):
        keys.masters()


SAVE = """
import sys, json
from prefect.blocks.system import Secret
Secret(value=json.loads(sys.argv[1])).save("wellspring-keys", overwrite=True)
"""
READ = """
import sys
from leads import keys
found = [(key.version, key.key[:1].decode()) for key in keys.peppers()]
print(found, "prefect" in sys.modules)
"""
# Both of one temporary server, which takes seconds to start.
READ_AND_MISS = f"""{READ}
import os
from leads.settings import reload
os.environ["LEADS_KEYS_BLOCK"] = "nosuch"
reload()
keys.peppers()
"""


@pytest.mark.flows
def test_a_real_secret_block_and_nothing_of_prefect_without_one(home: Path, tmp_path: Path) -> None:
    """Three processes, two of which start a temporary server of Prefect: 20 s."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADS_", "PREFECT_"))}
    own = kept | {"LEADS_HOME": str(home), "PREFECT_HOME": str(home / "prefect"), "PREFECT_LOGGING_LEVEL": "CRITICAL",
                  "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1",
                  "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120"}  # fmt: skip

    def run(code: str, *argv: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", code, *argv], cwd=Path(__file__).parents[2], env=own | more,
                              capture_output=True, text=True, timeout=200, check=False)  # fmt: skip

    assert run(SAVE, json.dumps({"pepper": {"1": ONE, "2": TWO}})).returncode == 0
    got = run(READ_AND_MISS, LEADS_KEYS_BLOCK="wellspring-keys")
    assert got.stdout.strip() == "[(2, '2'), (1, '1')] True", got.stderr[-500:]
    assert not (home / "keys").exists(), "no key was written down"
    assert ONE.encode() not in b"".join(f.read_bytes() for f in (home / "prefect").rglob("*") if f.is_file())
    assert "secret block nosuch: the keys cannot be read" in got.stderr
    assert run(READ).stdout.strip().endswith("False")
