"""Which content a run took from which file, so that the same content is known when it comes again under any name.

Noted before anything is landed, in the register of personal files: the run is the link between a file and its batch,
which is registered under the same run in one transaction. Whoever is killed in between leaves a note without a batch,
and the next one knows whose the batch is that it finds landed.
"""

import hashlib
from pathlib import Path

from sqlalchemy import text

from leads.source import Source, expand
from store import runs
from store.engine import Store, reading, writing

KIND = "file"


def digest(file: Path) -> str:
    """SHA-256 of a file's content."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def file_of(source: Source) -> Path | None:
    """The file that a pull of the source reads, if it reads one that is there."""
    stated = source.pull.get("file")
    path = Path(expand({"file": stated}, f"{source.name}.toml, [pull]")["file"]) if stated else None
    return path if path and path.is_file() else None


def note(store: Store, run_id: int, path: Path, sha256: str, *, instead_of: Path | None = None) -> None:
    """Note that a run takes, or took, this content, and that it lies at `path`."""
    register(store, KIND, str(run_id), path, sha256, instead_of=instead_of)


def register(
    store: Store, kind: str, reference: str, path: Path, sha256: str, *, instead_of: Path | None = None
) -> None:
    """Enter a file into the register of personal files. What the register said of another content at `path` is gone:
    else the new content would pass for taken by the old one's run."""
    with writing(store) as connection:
        for old in filter(None, (path, instead_of)):
            connection.execute(text("DELETE FROM personal_file WHERE path = :path"), {"path": str(old)})
        runs.register_files(connection, kind, reference, [(str(path), sha256)])


def taken(store: Store, source: str, sha256: str) -> tuple[int, str] | None:
    """The run and the batch by which this content of the source is in the store, if it is."""
    with reading(store) as connection:
        row = connection.execute(
            text("""SELECT r.id, b.public_id FROM personal_file p JOIN run r ON p.reference = CAST(r.id AS VARCHAR)
                    JOIN batch b ON b.run_id = r.id JOIN source s ON s.id = b.source_id
                    WHERE p.kind = :kind AND p.sha256 = :sha AND s.name = :source AND b.status = 'loaded'
                    ORDER BY b.id LIMIT 1"""),
            {"kind": KIND, "sha": sha256, "source": source},
        ).first()
        return (row[0], row[1]) if row else None


def interrupted(store: Store, flow: str, source: str, besides: int = 0) -> list[int]:
    """Runs of a flow that never ended, newest first: killed, or still at work."""
    with reading(store) as connection:
        found = connection.execute(
            text("""SELECT id FROM run WHERE flow = :flow AND source = :source AND status = 'running' AND id <> :besides
                    ORDER BY id DESC"""),
            {"flow": flow, "source": source, "besides": besides},
        )
        return list(found.scalars())


def without_batch(store: Store, run_ids: list[int]) -> int | None:
    """The first of these runs that noted a file and has no batch: one found landed and unregistered is its."""
    for run_id in run_ids:
        with reading(store) as connection:
            found = connection.execute(
                text("""SELECT 1 FROM personal_file WHERE kind = :kind AND reference = :run
                        AND NOT EXISTS (SELECT 1 FROM batch WHERE run_id = :id)"""),
                {"kind": KIND, "run": str(run_id), "id": run_id},
            ).first()
        if found:
            return run_id
    return None


def landed(store: Store, flow: str, source: str) -> list[str]:
    """Batches of a source that runs of a flow landed and did not load to their end, oldest first."""
    with reading(store) as connection:
        found = connection.execute(
            text("""SELECT b.public_id FROM batch b JOIN run r ON r.id = b.run_id JOIN source s ON s.id = b.source_id
                    WHERE r.flow = :flow AND s.name = :source AND b.status = 'landed' ORDER BY b.id"""),
            {"flow": flow, "source": source},
        )
        return list(found.scalars())


def unfinished(store: Store, flow: str, source: str) -> bool:
    """Whether a run of a flow left something of the source that the next one takes to its end."""
    return bool(interrupted(store, flow, source) or landed(store, flow, source))
