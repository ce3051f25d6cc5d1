import subprocess
import sys
from pathlib import Path

HEAVY = ("pandas", "pandera", "pyarrow", "duckdb", "sqlmodel", "sqlalchemy", "prefect")
ROOT = Path(__file__).parents[2]
ASK = """
import sys
from pathlib import Path
from consent import words
from consent.gate import Event, Question, judge
from consent.policy import load_packs

packs = load_packs(Path("config/policy"))
agreed = Event("e1", "given", "email", "marketing", "2026-05-03T10:00:00.000000Z", "subject")
answer = judge(Question("email", "marketing", ("DE",), "consumer"), [agreed], packs, "2026-11-22")
print(answer.verdict, words.reason(answer.reason, answer.parameters, "de"))
print([name for name in {heavy!r} if name in sys.modules])
"""


def test_one_question_is_answered_without_the_libraries_for_sets():
    done = subprocess.run(
        [sys.executable, "-c", ASK.format(heavy=HEAVY)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["allow Eingewilligt am 2026-05-03 direkt uns gegenüber", "[]"]
