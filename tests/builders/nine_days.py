"""Nine days of calls at odd times, some of them ours, over two accounts; and the filters by which they are counted."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Connection, Engine

from app.core.model.event import Event
from app.core.model.scope import EVERYTHING, Scope
from app.core.query import filter as filters
from app.core.query.listing import EVENTS
from app.db.engine import create_engine
from app.db.queries import events
from tests.builders.accounts import make_account
from tests.builders.events import CLINIC, NOW, ROLE, STREAM, event, store
from tests.builders.questions import asked as of_question
from tests.conftest import copied

OTHER = 111122223333
ACTIONS = ("PutMedia", "GetMedia", "ListStreams")
CODES = (None, None, None, "AccessDeniedException", "NotAuthorizedException", "ClientLimitExceededException")
CALLS = [
    event(
        n,
        event_time=NOW - timedelta(hours=3 * n, minutes=7 * n % 60, seconds=n + 1),
        action=ACTIONS[n % 3],
        error_code=CODES[n % 6],
        address=f"10.0.0.{n % 4}",
        account=OTHER if n % 5 == 0 else CLINIC,
        stream=None if n % 3 == 2 else STREAM.replace(str(CLINIC), str(OTHER)) if n % 5 == 0 else STREAM,
    )
    for n in range(72)
]
OWN = [each.event_id for n, each in enumerate(CALLS) if n % 7 == 0]
QUESTIONS = [
    "",
    "from=now-9d",
    "from=now-9d&to=now-2d",
    "from=2026-11-16&to=2026-11-22",
    "from=now-9d&own=no&own=yes",
    "from=now-9d&own=yes",
    "from=now-9d&account=111122223333",
    "from=now-9d&account!=111122223333&own=yes&own=no",
    "from=now-9d&action=GetMedia",
    "from=now-9d&action!=GetMedia",
    "from=now-9d&outcome=denied",
    "from=now-9d&stream=__none__",
    f"from=now-9d&principal={ROLE}&address=10.0.0.1",
    f"from=now-9d&stream={STREAM}",
    f"from=now-9d&to=now-2d&stream={STREAM}&principal={ROLE}&action=GetMedia&own=no&own=yes",
    "from=now-9d&stream!=__none__&principal~=a",
    "from=2026-11-16&to=2026-11-22&stream~=gate",
    "from=now-20m",
    "from=now-6h&to=now-5h",
]


@contextmanager
def nine_days(
    postgres_url: str, template_url: str, calls: Iterable[Event] = CALLS, own: Iterable[str] = OWN
) -> Iterator[Engine]:
    """Yield one database for all: these tests only read, and the calls take a second to store."""
    with copied(postgres_url, template_url) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            make_account(connection)
            store(connection, calls, own=own)
        yield engine
        engine.dispose()


def asked(question: str = "") -> filters.Filter:
    return filters.replace(of_question(question, EVENTS), limit=1000)


def listed(connection: Connection, query: filters.Filter, scope: Scope = EVERYTHING) -> list[events.EventRow]:
    return list(events.event_page(connection, scope, query).rows)
