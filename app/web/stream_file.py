"""A small file of one stream's page, made at once and noted like the files of the lists."""

from collections.abc import Generator, Sequence

from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core.tally import Tally
from app.exports.csv import FORMAT
from app.services.make_statement import Question
from app.services.record_export import Recorder, Taken
from app.web.visit import Visit


def csv_of(
    visit: Visit, question: Question, query: str, columns: Sequence[str], rows: Sequence[Sequence[str | None]]
) -> Response:
    """Return the file of the page `/streams/{id}/NAME` that is asked for as `NAME.csv`; `query` gives the page back.

    What the page complains about is refused: the file would hold other rows than were asked for.
    """
    if visit.complaints:
        raise HTTPException(400, "; ".join(visit.complaints))
    page = visit.request.url.path.strip("/").removesuffix(FORMAT.suffix)
    name = f"kvs-{page.rpartition('/')[2]}_{question.row.id}_{question.end:%Y%m%dT%H%MZ}{FORMAT.suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if visit.request.state.is_head:
        return Response(media_type=FORMAT.media_type, headers=headers)
    recorder = Recorder(visit.site.writer, visit.user.name, visit.site.clock)
    made = recorder.recorded(_encoded(columns, rows), Taken(page, query, name), Tally(rows=len(rows)))
    return Response(b"".join(made), media_type=FORMAT.media_type, headers=headers)


def _encoded(columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Generator[bytes, None, None]:
    yield from FORMAT.encode(columns, rows)
