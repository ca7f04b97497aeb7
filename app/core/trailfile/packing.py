"""Raw records as they are kept: zstd frames, by a dictionary once there are enough records to train one.

A record is about 1.5 kB and much like the next: without a dictionary zstd finds little in it, with one it shrinks to a
quarter and takes less time. A frame names its dictionary by id, so dictionaries may follow one another and none is ever
deleted while a frame needs it.
"""

from collections.abc import Callable, Iterable, Sequence

import zstandard

ENOUGH_RECORDS = 3_000
"""Fewer make a dictionary of what happened to come first."""
_DICTIONARY_BYTES = 64 << 10
_LEVEL = 3
_SEGMENT, _DMER = 2_000, 8
"""Left open, zstd tries five lengths of a segment: four times as long for records that are no smaller."""


class Packer:
    """Packs one record at a time, with `dictionary` if there is one. For one thread."""

    def __init__(self, dictionary: bytes | None = None) -> None:
        if dictionary is None:
            self._pack = zstandard.ZstdCompressor(level=_LEVEL).compress
            self.dictionary_id = 0
        else:
            trained = zstandard.ZstdCompressionDict(dictionary)
            self._pack = zstandard.ZstdCompressor(level=_LEVEL, dict_data=trained).compress
            self.dictionary_id = trained.dict_id()

    def pack(self, raw: bytes) -> bytes:
        """Return `raw` as a zstd frame that names its dictionary."""
        return self._pack(raw)


def trained_dictionary(records: Sequence[bytes]) -> bytes:
    """Return a dictionary for records like these; its id is in its bytes."""
    return zstandard.train_dictionary(_DICTIONARY_BYTES, list(records), level=_LEVEL, k=_SEGMENT, d=_DMER).as_bytes()


def dictionary_id(dictionary: bytes) -> int:
    """Return the id that frames packed with `dictionary` carry."""
    return zstandard.ZstdCompressionDict(dictionary).dict_id()


def needed_dictionary(frame: bytes) -> int:
    """Return the id of the dictionary that unpacks `frame`, 0 for none."""
    return zstandard.get_frame_parameters(frame).dict_id


def unpacked(frame: bytes, dictionary: bytes | None = None) -> bytes:
    """Return the record that `frame` holds."""
    (record,) = all_unpacked([frame], dictionary)
    return record


def all_unpacked(frames: Iterable[bytes], dictionary: bytes | None = None) -> list[bytes]:
    """Return the records that `frames` of one dictionary hold; only the first waits for a decompressor."""
    return list(map(unpacker(dictionary), frames))


def unpacker(dictionary: bytes | None = None) -> Callable[[bytes], bytes]:
    """Return what unpacks frames of one dictionary, of one thread."""
    trained = None if dictionary is None else zstandard.ZstdCompressionDict(dictionary)
    return zstandard.ZstdDecompressor(dict_data=trained).decompress
