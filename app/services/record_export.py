"""A file on its way, noted: that it was begun, and how it ended. So a cut one can be told from a whole one."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import Engine

from app.core.query.filter import Filter, query_string
from app.core.tally import Tally
from app.db.engine import transaction
from app.db.queries import audit, exports


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as the list of exports has it: of which page (its path without the leading slash), asked what."""

    listing: str
    query: str
    file_name: str

    @classmethod
    def of(cls, query: Filter, file_name: str) -> Self:
        """Return a file of a list."""
        return cls(query.listing.name, query_string(query), file_name)


@dataclass(frozen=True, slots=True)
class Recorder:
    """Who takes files along, and where that is noted. `clock` gives the time, aware and UTC."""

    writer: Engine
    actor: str
    clock: Callable[[], datetime]

    def recorded(
        self, chunks: Generator[bytes, None, None], taken: Taken, tally: Tally
    ) -> Generator[bytes, None, None]:
        """Yield `chunks`, which count their rows into `tally`; noted before the first and after the last.

        Closed before its end the file counts as cut.
        """
        with closing(chunks):
            number = self._begin(taken)
            is_complete = False
            try:
                for chunk in chunks:
                    tally.take(chunk)
                    yield chunk
                is_complete = True
            finally:
                with transaction(self.writer) as connection:
                    exports.end(connection, number, tally, is_complete=is_complete, now=self.clock())

    def _begin(self, taken: Taken) -> int:
        now = self.clock()
        with transaction(self.writer) as connection:
            number = exports.begin(
                connection,
                actor=self.actor,
                listing=taken.listing,
                query=taken.query,
                file_name=taken.file_name,
                now=now,
            )
            detail = {"file": taken.file_name, "query": taken.query}
            audit.append(
                connection, actor=self.actor, action="export", subject=f"export:{number}", detail=detail, now=now
            )
        return number
