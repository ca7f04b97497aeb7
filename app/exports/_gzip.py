"""A file as gzip, made while it is sent."""

from collections.abc import Iterable, Iterator

from isal import isal_zlib

SUFFIX, MEDIA_TYPE = ".gz", "application/gzip"
_LEVEL, _GZIP = 1, 31
"""ISA-L's level 1 keeps up with Postgres; 31 asks for gzip's frame (zlib's manual, `deflateInit2`)."""


def gzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield `chunks` compressed; the same content gives the same bytes, for the frame holds no time."""
    stream = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _GZIP)
    for chunk in chunks:
        packed = stream.compress(chunk)
        if packed:
            yield packed
    yield stream.flush()
