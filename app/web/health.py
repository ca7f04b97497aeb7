"""Is it alive, is it ready, and what does it count."""

from datetime import datetime, timedelta

import structlog
from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from app.db.engine import read_only
from app.db.migrate import SchemaMismatch, require_current_schema
from app.db.sql import text
from app.web.site import Site

router = APIRouter()
log = structlog.get_logger()
WORKER_SILENT_AFTER = timedelta(minutes=2)


@router.get("/healthz", include_in_schema=False)
def healthz() -> Response:
    """Answer as long as the process lives."""
    return JSONResponse({"status": "alive"})


@router.get("/readyz", include_in_schema=False)
def readyz(request: Request) -> Response:
    """Answer 200 when the database is migrated and a worker was seen lately, else 503 and what is missing."""
    site: Site = request.app.state.site
    try:
        require_current_schema(site.reader)
        with read_only(site.reader) as connection:
            missing = _missing(connection, site.clock())
    except SchemaMismatch as error:
        missing = [str(error)]
    except SQLAlchemyError as error:
        log.warning("not_ready", error=type(error).__name__)
        missing = ["the database does not answer, or is not migrated: run kvswatch migrate"]
    return JSONResponse({"status": "not ready" if missing else "ready", "missing": missing}, 503 if missing else 200)


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Answer in Prometheus' text format."""
    site: Site = request.app.state.site
    with read_only(site.reader) as connection:
        return Response(generate_latest(_registry(connection, site.clock())), media_type=CONTENT_TYPE_LATEST)


def _missing(connection: Connection, now: datetime) -> list[str]:
    seen = connection.execute(text("select max(heartbeat_at) from worker where stopped_at is null")).scalar()
    return (
        [] if seen is not None and now - seen < WORKER_SILENT_AFTER else ["no worker was seen in the last two minutes"]
    )


def _registry(connection: Connection, now: datetime) -> CollectorRegistry:
    registry = CollectorRegistry()
    feeds = Gauge("kvswatch_feeds", "Feeds by state", ["state"], registry=registry)
    row = connection.execute(
        text("""select count(*) filter (where next_at <= :now and owner is null) as due,
                       count(*) filter (where owner is not null) as running,
                       count(*) filter (where attempts > 0) as failing, count(*) as every from feed"""),
        {"now": now},
    ).one()
    for state, value in (("due", row.due), ("running", row.running), ("failing", row.failing), ("all", row.every)):
        feeds.labels(state).set(value)
    findings = Gauge("kvswatch_findings", "Findings by state and severity", ["state", "severity"], registry=registry)
    for finding in connection.execute(text("select state, severity, count(*) as n from finding group by 1, 2")):
        findings.labels(finding.state, finding.severity).set(finding.n)
    parts = Gauge("kvswatch_parts", "Parts of accounts by the state of their last read", ["state"], registry=registry)
    for part in connection.execute(text("select state, count(*) as n from part group by 1")):
        parts.labels(part.state).set(part.n)
    workers = Gauge("kvswatch_workers", "Workers whose heartbeat is younger than two minutes", registry=registry)
    workers.set(
        connection.execute(
            text("select count(*) from worker where stopped_at is null and heartbeat_at > :since"),
            {"since": now - WORKER_SILENT_AFTER},
        ).scalar_one()
    )
    calls = Gauge("kvswatch_own_calls_day", "Own AWS calls of the last 24 h by outcome", ["outcome"], registry=registry)
    for call in connection.execute(
        text("select outcome, sum(n) as n from own_call where hour > :since group by 1"),
        {"since": now - timedelta(days=1)},
    ):
        calls.labels(call.outcome).set(int(call.n))
    return registry
