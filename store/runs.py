"""Our own record of sources, runs and batches (Prefect's database is not one)."""

from typing import Any

from sqlalchemy import Connection, text
from sqlmodel import Session, select

from leads import clock
from leads.source import Source
from store import landing, tables
from store.engine import Store, reading, writing
from store.landing import Manifest


def start_run(store: Store, flow: str, source: str | None, flow_run_id: str | None) -> int:
    """Note that a flow began; returns the run's id."""
    with writing(store) as connection, Session(connection, expire_on_commit=False) as session:
        run = tables.Run(flow=flow, source=source, flow_run_id=flow_run_id, started=clock.now(), status="running")
        session.add(run)
        session.commit()
        return int(run.id or 0)


def finish_run(store: Store, run_id: int, error: str | None = None) -> None:
    """Note how it ended; `error` is one line without a personal value."""
    with writing(store) as connection, Session(connection, expire_on_commit=False) as session:
        run = session.get_one(tables.Run, run_id)
        run.finished, run.status, run.error = clock.now(), "failed" if error else "done", error
        session.commit()


def register_source(connection: Connection, source: Source) -> int:
    """Write the source as it is configured now; returns its inner id."""
    with Session(connection, expire_on_commit=False) as session:
        row = session.exec(select(tables.Source).where(tables.Source.name == source.name)).first()
        stated: dict[str, Any] = {
            "kind": source.kind, "title": source.title, "trust": source.trust, "audience": source.audience,
            "region": source.region, "config_sha256": source.fingerprint, "config": source.model_dump_json(),
        }  # fmt: skip
        if row is None:
            row = tables.Source(name=source.name, **stated)
        else:
            row.sqlmodel_update(stated)
        session.add(row)
        session.commit()
        return int(row.id or 0)


def register_batch(
    store: Store, source: Source, manifest: Manifest, landing_url: str, run_id: int | None, status: str = "landed"
) -> int:
    """Write the batch and its files (erasure must find them); returns its inner id. `status`: see `mark`."""
    with writing(store) as connection:
        source_id = register_source(connection, source)
        with Session(connection, expire_on_commit=False) as session:
            batch = tables.Batch(
                public_id=manifest.batch, source_id=source_id, run_id=run_id, sha256=manifest.sha256,
                rows=manifest.rows, declared=manifest.declared, fetched_at=manifest.fetched_at,
                cursor=manifest.cursor, status=status,
            )  # fmt: skip
            session.add(batch)
            session.commit()
            register_files(connection, "landing", manifest.batch, list(landing.files(landing_url, manifest)))
            return int(batch.id or 0)


def register_files(connection: Connection, kind: str, reference: str, files: list[tuple[str, str]]) -> None:
    """Add files (path, SHA-256) that hold personal data to the register that erasure goes through."""
    for path, sha256 in files:
        connection.execute(
            text("""INSERT INTO personal_file (path, kind, reference, sha256, created_at)
                    VALUES (:path, :kind, :reference, :sha256, :at) ON CONFLICT (path) DO UPDATE
                    SET sha256 = excluded.sha256"""),
            {"path": path, "kind": kind, "reference": reference, "sha256": sha256, "at": clock.now()},
        )


def batch_ids(store: Store, batch: str) -> tuple[int, int]:
    """Inner ids of a batch and of its source."""
    with reading(store) as connection:
        row = connection.execute(
            text("SELECT id, source_id FROM batch WHERE public_id = :batch"), {"batch": batch}
        ).one()
        return row.id, row.source_id


def mark(store: Store, batch: str, status: str) -> None:
    """Set a batch's status: `landed`, `refused` (its assertions failed), `loaded`, past which the cursor moves, or
    `history`: what another system knew of consents, and no leads."""
    with writing(store) as connection:
        connection.execute(
            text("UPDATE batch SET status = :status, loaded_at = :at WHERE public_id = :batch"),
            {"status": status, "at": clock.now() if status == "loaded" else None, "batch": batch},
        )


def last_cursor(store: Store, source: str) -> str | None:
    """The cursor of the newest loaded batch: it moves only past what is stored."""
    with reading(store) as connection:
        return connection.execute(
            text("""SELECT b.cursor FROM batch b JOIN source s ON s.id = b.source_id
                    WHERE s.name = :source AND b.status = 'loaded' AND b.cursor IS NOT NULL
                    ORDER BY b.id DESC LIMIT 1"""),
            {"source": source},
        ).scalar()


def batches(store: Store, source: str) -> dict[str, str]:
    """Batch -> status of all batches of a source, oldest first."""
    with reading(store) as connection:
        rows = connection.execute(
            text("""SELECT b.public_id, b.status FROM batch b JOIN source s ON s.id = b.source_id
                    WHERE s.name = :source ORDER BY b.id"""),
            {"source": source},
        )
        return dict(rows.tuples().all())
