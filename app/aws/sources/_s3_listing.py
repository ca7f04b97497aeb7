"""What ListObjectsV2 answers (S3 API Reference): a page of keys and folders, out of XML."""

import operator
from typing import NamedTuple
from urllib.parse import unquote_plus
from xml.parsers import expat


class Listed(NamedTuple):
    """One object of a listing; `size` in bytes, compressed."""

    key: str
    size: int


class Page(NamedTuple):
    """`more` goes on where the page ends; None: it is the last one."""

    objects: list[Listed]
    folders: list[str]
    more: str | None


_IS_LAST = True
_LONGEST_TEXT = 1 << 16
"""A key has at most 1,024 bytes (S3 User Guide, "Naming Amazon S3 objects"), three times that in a URL."""


class NoListing(ValueError):
    """An answer that is no page of a listing."""


def page(body: bytes) -> Page:
    """Return the page that `body` is.

    Raises:
        NoListing: it is not one.
    """
    read, parser = _Reading(), expat.ParserCreate()
    parser.buffer_text, parser.buffer_size = True, _LONGEST_TEXT
    parser.CharacterDataHandler = read.texts.append
    # Where elements begin nothing is to be done; but without a handler the white space before one is part of its text.
    parser.StartElementHandler = operator.is_
    parser.EndElementHandler = read.ends
    parser.StartDoctypeDeclHandler = read.refuses
    try:
        parser.Parse(body, _IS_LAST)
        return read.page()
    except (expat.ExpatError, ValueError, LookupError) as error:
        # LookupError: an element is missing, or nobody knows the encoding that the answer says it has.
        raise NoListing(f"the answer is no listing of S3: {error}") from error


class _Reading:
    """One answer as it is read; it does not know its parser, so that both are gone at once.

    The text of an element is what came last before its end: expat gives it in one piece. Key and Size are in Contents
    alone; a Prefix may be the one that was asked for.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._last: dict[str, str] = {}
        self._ended = ""
        self._objects: list[Listed] = []
        self._folders: list[str] = []

    def page(self) -> Page:
        """Return what was read."""
        if self._ended != "ListBucketResult":
            raise ValueError(f"it is a {self._ended[:40]}")
        is_url = self._last.get("EncodingType") == "url"
        plain = unquote_plus if is_url else str
        more = self._last["NextContinuationToken"] if self._last["IsTruncated"] == "true" else None
        objects = [Listed(plain(key), size) for key, size in self._objects] if is_url else self._objects
        return Page(objects, [plain(folder) for folder in self._folders], more)

    def ends(self, name: str) -> None:
        """Keep what an element held."""
        self._ended = name
        if name == "Contents":
            self._objects.append(Listed(self._last.pop("Key"), int(self._last.pop("Size"))))
            self.texts.clear()
        elif name == "CommonPrefixes":
            self._folders.append(self._last.pop("Prefix"))
        elif self.texts:
            self._last[name] = self.texts.pop()

    @staticmethod
    def refuses(*_: object) -> None:
        """Refuse a document type."""
        raise ValueError("it has a document type, which may hold entities")
