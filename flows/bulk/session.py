"""A Spark session for one run: `local[2]` in a test, a cluster's master where the data is."""

import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leads.errors import ConfigError, LeadsError

# Rows that go to a worker at once: as many as one part of a batch usually has.
ROWS_AT_ONCE = "20000"
PROJECT = str(Path(__file__).parent.parent.parent)
# For a master on this machine; a cluster's own settings stand (spark-defaults.conf).
HERE = {
    "spark.driver.memory": os.environ.get("SPARK_DRIVER_MEMORY", "3g"), "spark.sql.shuffle.partitions": "4",
    "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
}  # fmt: skip
# An error of ours that a worker raised, the kind of any other, and Spark's name for a condition.
OURS = re.compile(r"^leads\.errors\.\w+: (.+)$", re.MULTILINE)
WORKERS = re.compile(r"^([\w.]+(?:Error|Exception))\b", re.MULTILINE)
CONDITION = re.compile(r"\[[A-Z_.]+\]")
# pyspark 4.3 says so of every pandas 3; what we use of it is tested with ours.
PANDAS = "PySpark does not yet fully support pandas"


@contextmanager
def opened(master: str) -> Iterator[Any]:
    """A session on `master`; raises ConfigError where pyspark or Java are missing, LeadsError for what fails on it.

    Spark's workers are Pythons of their own: they get this one, and our packages from where this process has them. On a
    cluster both must be installed on each machine, at the same places.
    """
    needed()
    from pyspark.errors import PySparkException

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=PANDAS)
        session = _built(master)
        try:
            yield session
        except PySparkException as error:
            raise plain(error) from None
        finally:
            session.stop()


def plain(error: Exception) -> LeadsError:
    """What failed on Spark, in one line and without a value: its own texts quote rows and statements."""
    said = OURS.search(str(error))
    names = CONDITION.findall(str(error))[:1] + WORKERS.findall(str(error))[-1:]
    why = said[1] if said else " ".join([type(error).__name__, *names])
    return LeadsError("a step failed on Spark", why=why, do="Nothing half done was loaded; run it again")


def needed() -> None:
    """Raises ConfigError where Spark cannot run."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        raise ConfigError("pyspark is not installed", do="pip install 'wellspring-leads[spark]'") from None
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise ConfigError("there is no Java", where="Spark", do="Install Java 17 or newer, or set JAVA_HOME")


def _built(master: str) -> Any:
    from pyspark.sql import SparkSession

    settings = {
        "spark.executorEnv.PYTHONPATH": PROJECT, "spark.executorEnv.PYTHONWARNINGS": f"ignore:{PANDAS}",
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false",
        "spark.sql.execution.arrow.maxRecordsPerBatch": ROWS_AT_ONCE, "spark.sql.session.timeZone": "UTC",
        **(HERE if master.startswith("local") else {}),
    }  # fmt: skip
    builder = SparkSession.builder.master(master).appName("leads")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    # Its reports quote statements and rows; what goes wrong is raised.
    session.sparkContext.setLogLevel("OFF")
    return session
