"""aliases.csv: what the people on site call a camera, where it hangs, and who answers for it.

stream,camera,site,owner
arn:aws:kinesisvideo:eu-central-1:111122223333:stream/ward-3-corridor,Camera 17,Ward 3,Facility management

`stream` is the ARN of a stream or channel, with or without the creation time at its end: a camera keeps its alias when
its stream is made anew under the same name. `kvswatch export streams` prints the ARNs. The other columns may be empty,
but not all of them; their order is free.
"""

import csv
from collections.abc import Iterator, Mapping
from io import StringIO

from app.core import arn
from app.core.digits import account_number
from app.core.errors import InvalidInput
from app.core.model.alias import Alias
from app.core.model.stream import ResourceKind

COLUMNS = ("stream", "camera", "site", "owner")
MOST_CHARACTERS = 200
"""Of one text: it is printed beside the stream's name."""
_SEPARATORS = ",;\t"


def parse(text: str) -> tuple[Alias, ...]:
    """Return the aliases of an aliases.csv, in its order. Comma, semicolon and tab are taken as separators.

    Raises:
        InvalidInput: one line for each thing at fault: which line, what it holds, what is allowed.
    """
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=separator, strict=True)
    found: dict[tuple[int, str, str, str], Alias] = {}
    try:
        heads = tuple(reader.fieldnames or ())
        if "stream" not in heads or set(heads) - set(COLUMNS):
            wanted = ",".join(COLUMNS)
            raise InvalidInput(f"aliases file: the first line is {','.join(heads)!r}: write {wanted}")
        faults = list(_faults(reader, found))
    except csv.Error as error:
        raise InvalidInput(f"aliases file: line {reader.line_num + 1}: {error}") from None
    if faults:
        raise InvalidInput("\n".join(faults))
    return tuple(found.values())


def _faults(rows: "csv.DictReader[str]", found: dict[tuple[int, str, str, str], Alias]) -> Iterator[str]:
    """Yield a sentence for each row at fault, and put the others into `found`."""
    for row in rows:
        where = f"aliases file: line {rows.line_num}"
        if None in row or None in row.values():
            yield f"{where}: it has not as many fields as the first line"
            continue
        texts = {name: row.get(name, "").strip() for name in COLUMNS}
        alias = _alias(texts)
        if alias is None:
            kinds = " or ".join(kind.value for kind in ResourceKind)
            yield f"{where}: stream = {texts['stream']!r} is no ARN of a {kinds} of Kinesis Video Streams"
        elif not (alias.camera or alias.site or alias.owner):
            yield f"{where}: camera, site and owner are all empty"
        elif long := [name for name in COLUMNS[1:] if len(texts[name]) > MOST_CHARACTERS]:
            yield f"{where}: {', '.join(long)}: write at most {MOST_CHARACTERS} characters"
        elif alias.key in found:
            yield f"{where}: {alias.kind} {alias.name} of {alias.region} stands more than once"
        else:
            found[alias.key] = alias


def _alias(texts: Mapping[str, str]) -> Alias | None:
    parsed = arn.parsed(texts["stream"])
    if parsed is None or parsed.service != "kinesisvideo" or not parsed.region:
        return None
    kind, name, *made = parsed.resource.split("/")
    account = account_number(parsed.account)
    if kind not in set(ResourceKind) or not name or len(made) > 1 or account is None:
        return None
    # A NUL is no text to Postgres.
    camera, site, owner = (texts[column].replace("\0", "") for column in COLUMNS[1:])
    return Alias(account, parsed.region, ResourceKind(kind), name, camera, site, owner)
