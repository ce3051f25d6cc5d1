"""What the law dates by the day: consents that are over, erasures that waited, notices and retention that are due."""

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from consent.acts import Said
from flows import erasing, noticing, refreshing, reports, retention
from flows.unquoted import unquoted
from leads import clock
from leads.errors import LeadsError
from leads.settings import settings
from store import runs
from store.engine import open_store, reading


@task(cache_policy=NO_CACHE)
@unquoted
def expire() -> int:
    """Enter into the ledger which consents are over; returns how many entries were new."""
    return refreshing.expire(open_store(settings().database_url), settings())


@task(cache_policy=NO_CACHE)
@unquoted
def end_erasures() -> int:
    """End the erasures that nothing holds up any more; returns how many."""
    said = Said("withdrawn", "any", "any", clock.now(), "daily duties", None)
    return erasing.again(open_store(settings().database_url), settings(), said)


@task(cache_policy=NO_CACHE)
@unquoted
def look() -> dict[str, int]:
    """What waits for a person: notices owed, overdue and ready to send, consents to ask again, people past their
    time."""
    place, now = settings(), clock.now()
    with reading(open_store(place.database_url)) as connection:
        owed = noticing.counted(noticing.owed(connection, noticing.means(place)).queue, now)["all"]
        asked = len(refreshing.ending(connection, place, now).again)
        past = len(retention.past(connection, place, now))
    return {"notices_owed": owed["owed"], "notices_overdue": owed["overdue"], "notices_to_send": owed["to_send"],
            "consents_to_ask_again": asked, "people_past_their_time": past}  # fmt: skip


@flow(name="duties", persist_result=False)
@unquoted
def duties() -> dict[str, int]:
    """Do what the law dates by the day, and count what waits for a person."""
    engine = open_store(settings().database_url)
    run_id = runs.start_run(engine, "duties", None, flow_run.id)
    try:
        done = {"consents_expired": expire(), "erasures_ended": end_erasures(), **look()}
        create_markdown_artifact(reports.duties_markdown(done), key="duties")
    except BaseException as error:
        runs.finish_run(engine, run_id, str(error) if isinstance(error, LeadsError) else type(error).__name__)
        raise
    runs.finish_run(engine, run_id)
    return done
