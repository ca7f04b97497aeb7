"""Fast text search, used to say "no" and never to say "yes".

A text hit proves nothing: user agents, tags and policies may hold any text, whole forged records among them.
But a record without any of these texts cannot be one that is kept.
"""

import re
from itertools import islice

import stringzilla

from app.core.trailfile.kinds import ACCESS_NAMES, USER_SESSION_NAME, Kind

_NEEDLES: dict[Kind, tuple[bytes, ...]] = {
    # In eventSource, and in the type of one of its resources.
    Kind.KVS: (b"kinesisvideo", b"KinesisVideo::"),
    # The value of eventName begins with it.
    Kind.SESSION: (b'"AssumeRole',),
    Kind.TRAIL: (b'"cloudtrail.amazonaws.com"',),
    # The whole value of eventSource.
    Kind.ACCESS: tuple(f'"{source}"'.encode() for source in ACCESS_NAMES),
}
OF_TOKENS = f'"{USER_SESSION_NAME}"'.encode()
"""The whole value of eventName of a record that is looked at with the sessions, and not kept."""
_ESCAPE = b"\\u00"
_RECORDS = re.compile(b'"%s"' % b"".join(rb"(?:%c|\\u00(?i:%x))" % (letter, letter) for letter in b"Records"))


def needles(kinds: frozenset[Kind]) -> tuple[bytes, ...]:
    """Return the texts of which at least one is in every record of `kinds`."""
    return tuple(needle for kind in Kind if kind in kinds for needle in _NEEDLES[kind])


def find(text: bytes | bytearray, needle: bytes, start: int = 0) -> int:
    """Return the offset of `needle` at or behind `start`, or -1, at three times the speed of bytes.find."""
    return int(stringzilla.find(text, needle, start))


def is_named_twice(text: bytes | bytearray) -> bool:
    r"""Whether the name `Records` is in `text` at least twice, some letters of it as escapes (\u0052ecords) perhaps."""
    if hides_letters(text):
        return sum(1 for _ in islice(_RECORDS.finditer(text), 2)) > 1
    first = find(text, b'"Records"')
    return first >= 0 and find(text, b'"Records"', first + 1) >= 0


def hides_letters(text: bytes | bytearray) -> bool:
    r"""Whether an ASCII letter is, or looks, written as an escape (\u006b), so that a needle may be hidden.

    AWS writes letters as letters. A file that does not is read record by record instead of searched.
    """
    at = find(text, _ESCAPE)
    while at >= 0:
        # Letters are 41 to 5a and 61 to 7a; the frequent \u0000 and \u0026 hide none.
        if text[at + 4 : at + 5] in (b"4", b"5", b"6", b"7"):
            return True
        at = find(text, _ESCAPE, at + 4)
    return False
