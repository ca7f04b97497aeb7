"""The reads of a statement as rows: a line for each reader, as its page lists them, and the verdict on each line."""

from collections.abc import Iterator, Sequence

from app.core.arn import account_text
from app.core.coverage.seen import NOT_OBSERVABLE
from app.core.query.moment import iso
from app.core.statement.readers import Reader
from app.core.viewing.keys import keys_text
from app.services.make_statement import Statement

COLUMNS: Sequence[str] = (
    "account", "region", "kind", "stream", "arn", "from", "to", "footage_interval", "as_of", "statement", "observable",
    "list", "who", "who_kind", "why", "principal", "action", "outcome", "addresses", "key_kinds", "access_keys",
    "calls", "first_at", "last_at", "url_until", "readers_are_cut", "reasons",
)  # fmt: skip
NONE_STORED = "none is stored"


def read_rows(found: Statement) -> Iterator[list[str | None]]:
    """Yield the cells of each line in the order of COLUMNS; without any reader one line has the verdict alone."""
    question = found.question
    row = question.row
    head = [account_text(row.account_id), row.region, row.kind, row.name, row.arn]
    head += [iso(question.start), iso(question.end)]
    head += ["" if question.footage is None else "..".join(map(iso, question.footage)), iso(question.now)]
    head += [found.judgement.sentence, found.evidence.seen.share]
    is_cut = "yes" if found.is_cut else "no"
    lists = (
        ("read", found.readers),
        ("listed", found.listed),
        ("may have asked", found.maybe),
        ("refused", found.refused),
    )
    lines = [[name, *_cells(one)] for name, readers in lists for one in readers]
    for line in lines or [[NONE_STORED, *[None] * len(_NO_READER)]]:
        yield [*head, *line, is_cut, found.judgement.because]


_NO_READER = COLUMNS[COLUMNS.index("who") : COLUMNS.index("readers_are_cut")]


def _cells(one: Reader) -> list[str | None]:
    viewer, first = one.viewer, one.first
    return [
        viewer.name if viewer.kind else "unknown",
        viewer.kind or NOT_OBSERVABLE,
        viewer.why,
        first.principal,
        one.action,
        one.error_code or "ok",
        "; ".join(one.addresses_told),
        keys_text(one.keys),
        "; ".join(one.access_keys),
        str(one.calls),
        iso(first.at),
        iso(one.last_at),
        iso(one.url_until) if one.url_until else None,
    ]
