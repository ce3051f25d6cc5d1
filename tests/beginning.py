"""Processes that are begun again and again, by tests that kill them: each is forked from one that has imported what a load
needs, which takes 3 s, and has done nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
FORKS = """
import json, os, sys
import flows.stages, flows.taking
from leads import settings
for line in sys.stdin:
    told = json.loads(line)
    child = os.fork()
    if not child:
        os.environ.clear()
        os.environ.update(told["environment"])
        settings.reload()
        sys.argv = ["-c", *told["argv"]]
        exec(told["code"], {"__name__": "__main__"})
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Forks:
    """Runs a script as `python -c` does, in a process of its own with the environment of now."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def run(self, code: str, *argv: object) -> int:
        """The script's exit code: of one that was killed the signal, negative."""
        told = {"code": code, "argv": [str(word) for word in argv], "environment": dict(os.environ)}
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def forks() -> Iterator[Forks]:
    command = [sys.executable, "-c", FORKS]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Forks(process)
        assert process.stdin
        process.stdin.close()
