"""What a run shows of itself."""

from datetime import UTC, datetime
from threading import Event

from sqlalchemy import Engine

from app.core.model.feed import FeedKey, Progress
from app.core.model.scope import EVERYTHING
from app.db.queries import feeds
from app.worker.run import FeedRun

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = FeedKey(111122223333, "s3_logs")


def test_its_call_and_progress_are_seen_while_it_runs(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(KEY, 60)], NOW)
        claimed = feeds.claim(connection, "w", NOW, 60, ["s3_logs"])
    assert claimed is not None
    FeedRun(app_engine, claimed, "w", lambda: NOW, Event()).report("s3:GetObject", Progress(1, 3, "days"))
    with app_engine.connect() as connection:
        (seen,) = feeds.feeds(connection, EVERYTHING)
    assert (seen.last_call, seen.last_call_at, seen.progress) == ("s3:GetObject", NOW, Progress(1, 3, "days"))
