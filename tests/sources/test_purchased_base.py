from pathlib import Path
from typing import Any

from sources import purchased_base


def test_a_base_is_read_whole_whatever_came_before(tmp_path: Path, make_source: Any, drain: Any) -> None:
    file = tmp_path / "base.csv"
    file.write_text("Phone;Name\n1;A\n2;B\nTotal: 2\n", encoding="utf-8")
    source = make_source(columns={"Phone": "phone"}, pull={"file": str(file)})
    first, receipt = drain(purchased_base.pull(source, None))
    again, _ = drain(purchased_base.pull(source, "2026-05-01"))
    assert first["Phone"].tolist()[:2] == ["1", "2"] and again.equals(first)
    assert (receipt.declared, receipt.cursor) == (2, None)
