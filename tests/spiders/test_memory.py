import subprocess
import sys
from pathlib import Path

import pytest

# A program that has held a gigabyte starts another one, which says what it holds itself, and what Scrapy would say.
STARTER = """
import subprocess, sys
held = b"x" * (1100 << 20)
del held
subprocess.run([sys.executable, "-c", sys.argv[1]], check=True)
"""
STARTED = """
import resource
from spiders.memory import Memory
print(Memory.get_virtual_size(Memory.__new__(Memory)) >> 20, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only there a program is born with its parent's peak"
)
def test_a_crawl_is_not_charged_for_what_started_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTER, STARTED],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    own, inherited = map(int, done.stdout.split())
    assert inherited > 1024, "else this test shows nothing"
    assert 10 < own < 512
