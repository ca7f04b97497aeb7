"""A file on its way, noted: that it was begun, and how it ended. So a cut one can be told from a whole one."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from app.core.query.filter import Filter, query_string
from app.core.tally import Tally
from app.db.engine import transaction
from app.db.queries import audit, exports


@dataclass(frozen=True, slots=True)
class Recorder:
    """Who takes files along, and where that is noted. `clock` gives the time, aware and UTC."""

    writer: Engine
    actor: str
    clock: Callable[[], datetime]

    def recorded(
        self, chunks: Generator[bytes, None, None], query: Filter, file_name: str, tally: Tally
    ) -> Generator[bytes, None, None]:
        """Yield `chunks`, which count their rows into `tally`; noted before the first and after the last.

        Closed before its end the file counts as cut.
        """
        with closing(chunks):
            number = self._begin(query, file_name)
            is_complete = False
            try:
                for chunk in chunks:
                    tally.take(chunk)
                    yield chunk
                is_complete = True
            finally:
                with transaction(self.writer) as connection:
                    exports.end(connection, number, tally, is_complete=is_complete, now=self.clock())

    def _begin(self, query: Filter, file_name: str) -> int:
        now = self.clock()
        asked = query_string(query)
        with transaction(self.writer) as connection:
            number = exports.begin(
                connection,
                actor=self.actor,
                listing=query.listing.name,
                query=asked,
                file_name=file_name,
                now=now,
            )
            detail = {"file": file_name, "query": asked}
            audit.append(
                connection, actor=self.actor, action="export", subject=f"export:{number}", detail=detail, now=now
            )
        return number
