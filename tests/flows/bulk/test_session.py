import sys

import pytest

from flows.bulk import session
from leads.errors import ConfigError, StoreError


def test_what_a_worker_said_of_ours_is_passed_on_and_nothing_else() -> None:
    ours = StoreError("cannot be written", where="postgresql://***@db/leads", why="disk full")
    traceback = f"""[PYTHON_EXCEPTION] An exception was thrown from the Python worker: Traceback (most recent call last):
  File "x.py", line 1, in f
leads.errors.StoreError: {ours}
 SQLSTATE: 38000"""
    assert str(session.plain(RuntimeError(traceback))).startswith(f"a step failed on Spark: {ours}.")


def test_spark_s_own_texts_quote_rows_and_are_left_out() -> None:
    text = "[CAST_INVALID_INPUT] The value '+49151000000' cannot be cast to BIGINT. == SQL == SELECT 'Anna Muster'"
    assert str(session.plain(ValueError(text))) == (
        "a step failed on Spark: ValueError [CAST_INVALID_INPUT]. Nothing half done was loaded; run it again"
    )


def test_without_pyspark_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(ConfigError, match=r"^pyspark is not installed. pip install 'wellspring-leads\[spark\]'$"):
        session.needed()
