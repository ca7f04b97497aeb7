"""One chain of digests: is each what CloudTrail signed, and does each follow the one that it names?

AWS's own validation does not compare `previousDigestHashValue`, does not enforce the names of the algorithms and does
not notice that the newest digests are gone; this one does. A digest's signature stands twice, in its own metadata and
in the next digest, so that a copy without metadata can be checked too, all but its newest digest.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from app.core.errors import InvalidInput
from app.core.trailfile.digest.breaks import Break, BreakKind
from app.core.trailfile.digest.content import Content, parse
from app.core.trailfile.digest.names import DigestName, digest_name, from_root, key_at
from app.core.trailfile.digest.signing import (
    ALGORITHM,
    BACKFILL_WITHIN,
    HASH_ALGORITHM,
    SIGNED_WITHIN,
    PublicKey,
    is_signed,
    keys_named,
    string_to_sign,
)
from app.core.trailfile.gunzip import gunzip

OUTSTANDING = timedelta(hours=2)
"""What is younger than this may have no digest yet: one an hour, which comes some time after its hour."""
_MOST_MISSING = 10_000
"""Hours of a gap whose digests are named one by one: more than a year."""
_SIGNATURE, _SIGNATURE_ALGORITHM, _GENERATED = "signature", "signature-algorithm", "backfill-generation-timestamp"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as it lies there. `metadata` are the object's own (`x-amz-meta-`) names, or what a copy has of them."""

    blob: bytes
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest that was read. `bucket` None: from a disk, where neither bucket, prefix nor metadata are given."""

    key: str
    bucket: str | None
    name: DigestName
    content: Content
    sha256: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What was found out about a chain. `unproven` are the keys of digests whose signature could not be checked."""

    breaks: tuple[Break, ...]
    signed: int
    unproven: frozenset[str]
    starts_at: datetime
    ends_at: datetime

    @property
    def unsigned(self) -> int:
        """How many digests had a signature that could not be checked at all."""
        return len(self.unproven)


def opened(key: str, bucket: str | None, stored: Stored) -> Digest | Break:
    """Return the digest that lies at `key`, or that it is none any more.

    Raises:
        InvalidInput: `key` is not the key of a digest.
    """
    name = digest_name(key)
    if name is None:
        raise InvalidInput(f"{key} is not the key of a digest")
    try:
        raw = bytes(gunzip(stored.blob))
        content = parse(raw)
    except InvalidInput as error:
        return Break(BreakKind.DIGEST_EDITED, key, str(error))
    return Digest(key, bucket, name, content, hashlib.sha256(raw).hexdigest(), stored.metadata)


def check_chain(
    digests: Sequence[Digest],
    *,
    keys: Sequence[PublicKey] | None,
    unopened: Iterable[str] = (),
    damaged: Iterable[str] = (),
    since: datetime | None = None,
) -> ChainReport:
    """Return what is to be said of the digests of one chain, at least one, in any order.

    Args:
        digests: those that could be read.
        keys: CloudTrail's keys of the chain's Region; None when there are none to check with.
        unopened: keys of digests that are there and could not be read: reported already, and not missing.
        damaged: those of them that are no digests any more, so that nobody will ever read which one was before them.
        since: digests that ended by then were left out on purpose.
    """
    ordered = sorted(digests, key=lambda digest: (digest.content.ends_at, digest.key))
    walk = _Walk(ordered, frozenset(from_root(key) for key in unopened), since)
    breaks: list[Break] = []
    signatures: dict[str, _Signature] = {}
    for digest in ordered:
        following = walk.following.get(from_root(digest.key))
        signature = signatures[digest.key] = _signature(digest, following, keys)
        breaks += _own_breaks(digest)
        breaks += walk.breaks_before(digest)
        breaks += _key_breaks(digest, keys)
        breaks += _seal_breaks(digest, following, signature)
    named = {found.where for found in breaks}
    breaks += (found for found in walk.breaks_before_damaged(damaged) if found.where not in named)
    return ChainReport(
        tuple(breaks),
        list(signatures.values()).count(_Signature.RIGHT),
        frozenset(key for key, signature in signatures.items() if signature is _Signature.UNKNOWN),
        min(digest.content.starts_at for digest in ordered),
        ordered[-1].content.ends_at,
    )


def tail_break(digests: Sequence[Digest], until: datetime, unread: Iterable[str] = ()) -> Break | None:
    """Return the break that an hourly chain has when nothing was delivered for long before `until`.

    `unread` are keys of digests that are there and could not be read: whoever is denied the newest does not miss it.
    """
    if digests[0].name.chain.is_backfill:
        return None
    there = [(digest.content.ends_at, digest.key) for digest in digests]
    there += [(name.ends_at, key) for key in unread if (name := digest_name(key))]
    ends_at, key = max(there)
    if ends_at >= until - OUTSTANDING:
        return None
    return Break(
        BreakKind.TAIL_CUT_OFF,
        key,
        f"no digest follows, though one is due each hour until {_text(until)}: "
        "the newest were deleted, or logging or validation was stopped",
    )


# ---------------------------------------------------------------- one digest after the other


class _Walk:
    """Which digest follows which, by the names of the previous digest that they hold."""

    def __init__(self, ordered: Sequence[Digest], unopened: frozenset[str], since: datetime | None) -> None:
        self._ordered = ordered
        self._chain = ordered[0].name.chain
        self._unopened = unopened
        self._since = since
        self._present = {from_root(digest.key) for digest in ordered}
        self.following: dict[str, Digest] = {}
        """The digest that names a key (from its root) as the one before it; the earliest, should two do so."""
        for digest in ordered:
            if (previous := digest.content.previous_digest_s3_object) is not None:
                self.following.setdefault(from_root(previous), digest)

    def breaks_before(self, digest: Digest) -> Iterator[Break]:
        """Yield what is wrong between a digest and the one before it."""
        content = digest.content
        if content.previous_digest_s3_object is None:
            yield from self._restart(digest)
            return
        previous = from_root(content.previous_digest_s3_object)
        if content.previous_digest_hash_algorithm != HASH_ALGORITHM:
            yield _algorithm(digest, "previousDigestHashAlgorithm", content.previous_digest_hash_algorithm)
        if previous in self._present:
            other = self.following[previous]
            if other is not digest:
                what = f"it names the same digest before it as {other.key} does"
                yield Break(BreakKind.CHAIN_FORKED, digest.key, what)
        elif previous not in self._unopened and not self._was_left_out(previous):
            yield self._missing(digest)
            yield from self._missing_too(digest)

    def _restart(self, digest: Digest) -> Iterator[Break]:
        if digest is self._ordered[0]:
            return
        before = self._before(digest)
        what = (
            f"it begins a new chain: nothing proves what was logged between {before} and "
            f"{digest.content.digest_start_time}; logging or validation was off, or digests were deleted"
        )
        yield Break(BreakKind.CHAIN_RESTARTED, digest.key, what)

    def _missing(self, digest: Digest) -> Break:
        content = digest.content
        where = content.previous_digest_s3_object or ""
        if digest.bucket is not None and content.previous_digest_s3_bucket != digest.bucket:
            where = f"s3://{content.previous_digest_s3_bucket}/{where}"
        proves = "nothing of before is proven; name a later --since if older files were not kept"
        if digest is not self._ordered[0]:
            proves = f"nothing proves what was logged between {self._before(digest)} and {content.digest_start_time}"
        return Break(BreakKind.DIGEST_MISSING, where, f"{digest.key} follows it; {proves}")

    def breaks_before_damaged(self, damaged: Iterable[str]) -> Iterator[Break]:
        """Yield the digests that only a damaged one would name, back to the one before that is there."""
        of_chain = self._unopened_of_chain()
        there = [digest.content.ends_at for digest in self._ordered] + [name.ends_at for name in of_chain.values()]
        for key in sorted(damaged):
            name = of_chain.get(from_root(key))
            before = name and max((ends_at for ends_at in there if ends_at < name.ends_at), default=None)
            if name and before:
                yield from self._missing_between(before, name.ends_at, key)

    def _missing_too(self, digest: Digest) -> Iterator[Break]:
        """Yield the digests that no digest names, for the one that does is missing too."""
        named = digest.content.previous_digest_s3_object or ""
        name = digest_name(named)
        if name is None:
            return
        ends_at = min(name.ends_at, digest.content.starts_at)
        # Before the first that could be read there may be some that could not.
        there = [one.ends_at for one in self._unopened_of_chain().values() if one.ends_at < ends_at]
        if digest is not self._ordered[0]:
            there = [self._ordered[self._ordered.index(digest) - 1].content.ends_at]
        if there:
            yield from self._missing_between(min(there), ends_at, named)

    def _unopened_of_chain(self) -> Mapping[str, DigestName]:
        return {key: name for key in self._unopened if (name := digest_name(key)) and name.chain == self._chain}

    def _missing_between(self, before: datetime, ends_at: datetime, key: str) -> Iterator[Break]:
        """Yield a digest for each hour between two that end at `before` and `ends_at`; `key` is that of the latter.

        None of a backfill chain: those come for hours of which files came late, not each hour.
        """
        hour = timedelta(hours=1)
        for _ in range(0 if self._chain.is_backfill else _MOST_MISSING):
            ends_at -= hour
            # Digests follow each other by an hour, give or take.
            if ends_at - before <= hour / 2:
                return
            of_hour = key_at(key, ends_at)
            if from_root(of_hour) not in self._unopened:
                what = (
                    "no digest is here, nor can the one that would name it be read: it was deleted, or logging or "
                    "validation was off; its name is that of the hour"
                )
                yield Break(BreakKind.DIGEST_MISSING, of_hour, what)

    def _was_left_out(self, previous: str) -> bool:
        name = digest_name(previous)
        return self._since is not None and name is not None and name.ends_at <= self._since

    def _before(self, digest: Digest) -> str:
        return self._ordered[self._ordered.index(digest) - 1].content.digest_end_time


def _own_breaks(digest: Digest) -> Iterator[Break]:
    """Yield where a digest is not that of its place, or not made in the way that CloudTrail makes them."""
    content, name = digest.content, digest.name
    place = content.digest_s3_object
    if digest.bucket is not None and (content.digest_s3_bucket, place) != (digest.bucket, digest.key):
        what = f"it was delivered as s3://{content.digest_s3_bucket}/{place}"
        yield Break(BreakKind.DIGEST_MISPLACED, digest.key, what)
    elif from_root(place) != from_root(digest.key):
        yield Break(BreakKind.DIGEST_MISPLACED, digest.key, f"it was delivered as {place}")
    elif (content.aws_account_id, content.ends_at) != (f"{name.chain.account:012d}", name.ends_at):
        what = f"its name does not say what it says: account {content.aws_account_id}, {content.digest_end_time}"
        yield Break(BreakKind.DIGEST_MISPLACED, digest.key, what)
    if content.digest_signature_algorithm != ALGORITHM:
        yield _algorithm(digest, "digestSignatureAlgorithm", content.digest_signature_algorithm)
    elif digest.bucket is not None and digest.metadata.get(_SIGNATURE_ALGORITHM) != ALGORITHM:
        yield _algorithm(digest, f"its metadata's {_SIGNATURE_ALGORITHM}", digest.metadata.get(_SIGNATURE_ALGORITHM))
    if digest.bucket is not None and _SIGNATURE not in digest.metadata:
        yield Break(BreakKind.SIGNATURE_MISSING, digest.key, "the object has no signature in its metadata")
    if digest.bucket is not None and name.chain.is_backfill and _GENERATED not in digest.metadata:
        what = f"the object has no {_GENERATED} in its metadata, by which its key is found"
        yield Break(BreakKind.SIGNATURE_MISSING, digest.key, what)


# ---------------------------------------------------------------- signatures and hashes


class _Signature(Enum):
    """How a digest's signature turned out. UNKNOWN: there is none to check, or no key to check it with."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


def signed_between(digest: Digest) -> tuple[datetime, datetime]:
    """Return between which times a digest was signed: its key has to have been valid then."""
    generated = digest.metadata.get(_GENERATED) if digest.name.chain.is_backfill else None
    if generated is not None:
        # Anybody may have written it: what is no time, or none that can be reckoned with, tells nothing.
        with suppress(ValueError, OverflowError):
            moment = datetime.fromisoformat(generated)
            if moment.tzinfo is not None:
                return moment - BACKFILL_WITHIN, moment + BACKFILL_WITHIN
    return digest.content.starts_at, digest.content.ends_at + SIGNED_WITHIN


def _signature(digest: Digest, following: Digest | None, keys: Sequence[PublicKey] | None) -> _Signature:
    """Return how the signature turned out: the object's own, else the one that the next digest knows."""
    own = digest.metadata.get(_SIGNATURE)
    signature = own or (following and following.content.previous_digest_signature)
    named = keys_named(keys or (), digest.content.digest_public_key_fingerprint)
    if not signature or not named:
        return _Signature.UNKNOWN
    right = is_signed(named[0], signature, string_to_sign(digest.content, digest.sha256))
    return _Signature.RIGHT if right else _Signature.WRONG


def _key_breaks(digest: Digest, keys: Sequence[PublicKey] | None) -> Iterator[Break]:
    if keys is None:
        return
    fingerprint = digest.content.digest_public_key_fingerprint
    named = keys_named(keys, fingerprint)
    if not named:
        what = f"CloudTrail has no public key {fingerprint} in {digest.name.chain.region}"
        yield Break(BreakKind.KEY_UNKNOWN, digest.key, what)
    elif not any(key.was_valid(*signed_between(digest)) for key in named):
        yield Break(BreakKind.KEY_UNKNOWN, digest.key, f"the public key {fingerprint} was not valid at its time")


def _seal_breaks(digest: Digest, following: Digest | None, signature: _Signature) -> Iterator[Break]:
    """Yield what signature and the next digest's hash say together: they tell which of the two was changed."""
    wrong = signature is _Signature.WRONG
    if following is None:
        if wrong:
            yield Break(BreakKind.SIGNATURE_WRONG, digest.key, "the digest or its signature was changed")
        return
    said = following.content.previous_digest_hash_value or ""
    if said.lower() != digest.sha256:
        next_one = f"previousDigestHashValue of {following.key}"
        if wrong:
            yield Break(BreakKind.DIGEST_EDITED, digest.key, f"neither its signature nor {next_one} agrees with it")
        else:
            how = "another signed digest stands in its place" if signature is _Signature.RIGHT else "it was changed"
            yield Break(BreakKind.PREVIOUS_HASH, digest.key, f"{next_one} does not agree with it: {how}")
    elif wrong:
        yield Break(BreakKind.SIGNATURE_WRONG, digest.key, "the next digest agrees with it: its signature was changed")
    own, known = digest.metadata.get(_SIGNATURE), following.content.previous_digest_signature
    if own is not None and known != own:
        what = f"previousDigestSignature of {following.key} is not its signature"
        yield Break(BreakKind.PREVIOUS_SIGNATURE, digest.key, what)


def _algorithm(digest: Digest, field: str, value: str | None) -> Break:
    return Break(BreakKind.ALGORITHM_WRONG, digest.key, f"{field} is {value!r}, which CloudTrail does not use")


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
