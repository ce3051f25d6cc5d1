from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest

from sources.formats import child
from sources.formats.found import Given

Cells = dict[str, list[list[str | None]]]


@pytest.fixture
def cells(tmp_path: Path) -> Callable[..., Cells]:
    """The tables of a file as the child reads it: name -> rows; a note stands last in its row."""

    def read(content: bytes | str | Path, name: str = "base.dat", sheet: str = "", **given: str) -> Cells:
        file = content if isinstance(content, Path) else tmp_path / name
        if not isinstance(content, Path):
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        folder = tmp_path / "unpacked"
        folder.mkdir()
        out: Cells = {}
        for table in child.tables(Given(file, **given), sheet, folder):
            if table.is_text:
                out[table.name] = [[line] for line in table.file.read_text().splitlines()]
                continue
            with pyarrow.memory_map(str(table.file)) as opened:
                rows = pyarrow.ipc.open_file(opened).read_all().to_pylist()
            out[table.name] = [list(row.values()) for row in rows]
        return out

    return read
