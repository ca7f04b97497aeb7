"""An access review as rows: a line for each principal that may do something with the stream, or did."""

from collections.abc import Iterator, Sequence

from app.core.arn import account_text
from app.core.kvs.actions import MEDIA_READ
from app.core.matrix.cells import Cell
from app.core.query.moment import iso
from app.services.export_lists import NEVER, NOT_EVALUATED
from app.services.export_matrix import STATES
from app.services.review_access import Review, ReviewLine

COLUMNS: Sequence[str] = (
    "account", "region", "stream", "arn", "from", "to", "as_of", "principal", "kind", "view", "write", "delete",
    "view_states", "conditions", "created_at", "changed_at", "changed_by", "change", "unchanged_since", "reads",
    "refused", "last_read_at", "observable", "decision", "reviewer", "until",
)  # fmt: skip
"""The last three are for whoever reviews."""
NOT_STORED = "no change is stored"


def review_rows(found: Review) -> Iterator[list[str | None]]:
    """Yield the cells of each line in the order of COLUMNS; where there is nothing to say a cell says so.

    Where nobody judged policies on it the first line says so and names nobody: no line would be no answer.
    """
    question = found.statement.question
    row = question.row
    head = [account_text(row.account_id), row.region, row.name, row.arn]
    head += [iso(question.start), iso(question.end)]
    head += [iso(found.as_of.at if found.as_of else question.now)]
    if not _is_judged(found):
        yield [*head, "", "", *[NOT_EVALUATED] * 4, *[""] * (len(COLUMNS) - len(head) - 6)]
    for line in found.lines:
        yield [*head, *_cells(found, line), "", "", ""]


def _is_judged(found: Review) -> bool:
    return found.is_evaluated and not found.is_unjudged


def _cells(found: Review, line: ReviewLine) -> list[str | None]:
    seen, none, change = found.statement.evidence.seen, found.statement.evidence.none, line.change
    states = {line.cells[name] for name in MEDIA_READ if line.cells.get(name, Cell.EMPTY) is not Cell.EMPTY}
    return [
        line.principal.arn,
        line.principal.kind,
        *(" ".join(line.may[kind]) if _is_judged(found) else NOT_EVALUATED for kind in ("view", "write", "delete")),
        "; ".join(sorted(STATES[state] for state in states)),
        " ".join(line.view.condition_keys) if line.view is not None else "",
        "not read" if line.created_at is None else iso(line.created_at),
        NOT_STORED if change is None else iso(change.key.event_time),
        "" if change is None else change.person or change.who or "an unknown caller",
        "" if change is None else change.action,
        "not read" if line.unchanged is None else iso(line.unchanged.since),
        str(line.reads) if line.reads else none,
        str(line.refused),
        (NEVER if seen.is_whole else none) if line.last_read_at is None else iso(line.last_read_at),
        seen.share,
    ]
