"""A small estate in which whoever could choose a text chose one to be run, to break a page, or to mislead.

What the names of roles, trails and streams may hold is AWS's rule of today, and records of calls hold what callers
sent: so each field that is not a word of ours has each of these texts.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import zstandard
from sqlalchemy import Connection, insert, text

from app.core.model.alias import Alias
from app.core.model.entry import Entry, TrustedKind
from app.core.model.event import Actor, ActorKind, Event, KeyKind
from app.core.model.grant import Grant, Outcome
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import AccessKey, Iam, Principal, PrincipalKind
from app.core.model.session import IssuedToken
from app.core.model.stream import ResourceKind, Stream, StreamDetail
from app.core.model.trail import AdvancedSelector, FieldSelector, Trail, Trails, TrailStatus
from app.core.parts import AccessKeys, EventSelectors, Selectors, StreamDetails, Streams, TrailStatuses
from app.core.rules.catalogue import catalogue as rules
from app.core.trailfile.cursor import BucketCursor, Place, to_json
from app.db.queries.aliases import store_aliases
from app.db.queries.dimensions import bounded
from app.db.queries.entries import store_entries
from app.db.queries.exports import begin
from app.db.queries.grants import store_matrix
from app.db.queries.saved_views import store_view
from app.db.queries.snapshots import store_part
from app.db.queries.together import store_tokens
from app.db.tables import finding_change
from tests.builders.accounts import (
    CLINIC,
    NOW,
    make_account,
    make_feed,
    make_own_calls,
    make_part,
    make_rejected,
    make_worker,
)
from tests.builders.calls import make_principal, make_stream, stream_arn
from tests.builders.estate import REGION
from tests.builders.events import event, store
from tests.builders.findings import make_finding, make_run, make_untold
from tests.builders.integrity import make_integrity
from tests.builders.sessions import issued, store_issued

BIDI = "\u202e"
LONG = "W" * 2_000
TEXTS = (
    f"""=HYPERLINK("http://x.invalid","a")<script>alert(1)</script>'"><img src onerror=alert(1)>{{{{7*7}}}}{BIDI}gnp""",
    "\t@SUM(1+1)*cmd|' /C calc'!A0\r\n</title></textarea></script><svg/onload=alert(1)>javascript:alert(1)\u2066",
    '-2+3" onmouseover="alert(1)" autofocus onfocus=\'alert(1)\' x=%41%0d%0a&#60;b&lt;/a?&;#/../\u2028',
    LONG,
)
"""Formula, markup, template and shell; line ends and text directions; attributes and escapes; no place to break."""
KEYS = tuple(f"AKIAHOSTILE{n:09d}" for n in range(len(TEXTS)))
SESSIONS = tuple(f"ASIAHOSTILE{n:09d}" for n in range(len(TEXTS)))


@dataclass(frozen=True, slots=True)
class Account:
    """One account in which everything has the same text."""

    account: int
    stream: int
    stream_arn: str
    principal: int
    principal_arn: str
    finding: str
    event: Event
    record: bytes
    text: str
    key: str
    session: str

    @property
    def names(self) -> dict[str, str]:
        """What stands in the addresses of its pages."""
        one = self.event
        return {
            "account": str(self.account),
            "stream": str(self.stream),
            "stream_arn": f"arn:aws:kinesisvideo:{REGION}:{self.account}:stream/door/1600000000000",
            "principal": str(self.principal),
            "principal_arn": quote(self.principal_arn),
            "finding": self.finding,
            "event": f"{self.account}.{one.event_time:%Y%m%dT%H%M%S}Z.{one.event_id}",
            "session": self.session,
            "key": self.key,
            "address": quote(bounded(one.address or ""), safe=""),
            "name": quote(self.text[:1_000]),
        }


def make_hostile(connection: Connection) -> tuple[Account, ...]:
    """Insert an account for each text and return them."""
    make_worker(connection, f"w-{TEXTS[0]}", host=TEXTS[0], version=TEXTS[0])
    made = tuple(_account(connection, n, each) for n, each in enumerate(TEXTS))
    store_aliases(
        connection,
        [Alias(one.account, REGION, ResourceKind.STREAM, one.text, one.text, one.text, one.text) for one in made],
    )
    return made


def _account(connection: Connection, n: int, chosen: str) -> Account:
    account = make_account(
        connection, CLINIC + n, name=chosen, role_arn=f"arn:aws:iam::{CLINIC + n}:role/{chosen}", external_id=chosen,
        log_bucket=chosen, log_prefix=chosen, log_queue=chosen, log_group=chosen, log_endpoint=chosen,
        log_profile=chosen, more_log_buckets=[chosen],
    )  # fmt: skip
    stream = _inventory(connection, account, chosen)
    principal, principal_arn = _iam(connection, account, n, chosen, stream)
    _read(connection, account, chosen)
    event_, record = _calls(connection, account, n, chosen, stream, principal_arn)
    finding = _findings(connection, account, chosen, stream)
    store_view(connection, "local", chosen[:1_000], "/events", f"stream={quote(chosen)}", NOW)
    begin(connection, actor=chosen, listing="events", query=f"stream={quote(chosen)}", file_name=chosen, now=NOW)
    return Account(
        account, stream, stream_arn(connection, stream), principal, principal_arn, finding, event_, record, chosen,
        KEYS[n], SESSIONS[n],
    )  # fmt: skip


def _inventory(connection: Connection, account: int, chosen: str) -> int:
    """Insert a stream and a channel, their details, and the trail of their calls."""
    ids, found = {}, []
    for kind in ResourceKind:
        more = {"channel_type": chosen} if kind is ResourceKind.CHANNEL else {"media_type": chosen}
        ids[kind] = make_stream(
            connection, chosen, account, kind=kind.value, tags=json.dumps({chosen: chosen}), device_name=chosen,
            kms_key_id=chosen, status=chosen, **more,
        )  # fmt: skip
        arn = stream_arn(connection, ids[kind])
        found.append(Stream(arn, chosen, REGION, kind, chosen, NOW - timedelta(days=300)))
    at = NOW - timedelta(minutes=10)
    store_part(connection, account, "streams", REGION, Streams(tuple(found[:1])), at)
    store_part(connection, account, "channels", REGION, Streams(tuple(found[1:])), at)
    images = StreamDetail(image_generation_status="ENABLED", image_destination_uri=f"s3://{chosen}")
    told = StreamDetail(notification_status="ENABLED", notification_destination_uri=chosen)
    edge = StreamDetail(edge_status=chosen, edge_hub_arn=chosen)
    for part, detail in (("stream_images", images), ("stream_notifications", told), ("stream_edge", edge)):
        store_part(connection, account, part, REGION, StreamDetails(((found[0].arn, detail),)), at)
    trail_arn = f"arn:aws:cloudtrail:{REGION}:{account:012d}:trail/{chosen}"
    trail = Trail(trail_arn, chosen, REGION, True, False, chosen, chosen, True, True, kms_key_id=chosen)
    status = TrailStatus(False, at, chosen, at, chosen, at - timedelta(days=3), at - timedelta(days=2), chosen)
    selector = AdvancedSelector(chosen, (FieldSelector("resources.ARN", equals=(chosen,), starts_with=(chosen,)),))
    store_part(connection, account, "trails", REGION, Trails((trail,)), at)
    store_part(connection, account, "trail_status", REGION, TrailStatuses(((trail_arn, status),)), at)
    store_part(connection, account, "event_selectors", REGION, EventSelectors((Selectors(trail_arn, (selector,)),)), at)
    return ids[ResourceKind.STREAM]


def _iam(connection: Connection, account: int, n: int, chosen: str, stream: int) -> tuple[int, str]:
    """Insert a user and a role that may assume each other, with policies, and what they are granted."""
    tags = json.dumps({chosen: chosen})
    ids = {
        kind: make_principal(connection, chosen, account, kind=kind, path=f"/{chosen}/", tags=tags)
        for kind in ("role", "user")
    }
    role, user = (f"arn:aws:iam::{account:012d}:{kind}/{chosen}" for kind in ("role", "user"))
    statement = {"Sid": chosen, "Effect": "Allow", "Action": ["kinesisvideo:*", chosen], "Resource": ["*", chosen]}
    condition = {"StringEquals": {chosen: chosen}}
    policies = (
        PolicyDocument(PolicyKind.INLINE, chosen, json.dumps({"Version": "2012-10-17", "Statement": [statement]})),
        PolicyDocument(PolicyKind.INLINE, f"{chosen}2", chosen),
    )
    trusted = {"Sid": chosen, "Effect": "Allow", "Principal": {"AWS": [user, chosen]}, "Action": "sts:AssumeRole"}
    trust = PolicyDocument(
        PolicyKind.TRUST,
        "trust",
        json.dumps({"Version": "2012-10-17", "Statement": [trusted | {"Condition": condition}]}),
    )
    key = AccessKey(KEYS[n], True, NOW - timedelta(days=400), NOW, chosen, chosen)
    at, old = NOW - timedelta(minutes=10), NOW - timedelta(days=400)
    more: dict[str, Any] = {"tags": ((chosen, chosen),), "inline": policies, "attached": (chosen,), "boundary": chosen}
    principals = (
        Principal(role, PrincipalKind.ROLE, chosen, f"/{chosen}/", chosen, old, **more, trust=trust),
        Principal(user, PrincipalKind.USER, chosen, f"/{chosen}/", chosen, old, **more, groups=(chosen,)),
    )
    store_part(connection, account, "iam", "", Iam(principals, ()), at)
    store_part(connection, account, "access_keys", "", AccessKeys(((user, (key,)),)), at)
    arns = (stream_arn(connection, stream),)
    grants = [
        Grant(role, "GetMedia", Outcome.CONDITIONAL, arns, (chosen,)),
        Grant(user, "GetMedia", Outcome.ALLOW, arns),
        Grant(user, "ListStreams", Outcome.UNKNOWN, ("*",)),
    ]
    problems = [{"policy": chosen, "principal": who, "message": chosen} for who in ("", role, user)]
    store_matrix(connection, account, grants, problems, evaluator=1, inputs=b"x", now=NOW)
    entries = [
        Entry(role, TrustedKind.PRINCIPAL, user, account, Outcome.CONDITIONAL, (chosen,), True, True, 0, chosen),
        Entry(role, TrustedKind.SERVICE, chosen, None, Outcome.ALLOW, (), False, False, 0, chosen),
        Entry(role, TrustedKind.SAML, f"arn:aws:iam::{account}:saml-provider/{chosen}", account, Outcome.ALLOW),
    ]
    store_entries(connection, account, entries, inputs=b"x", accounts={account}, now=NOW)
    return ids["role"], role


def _read(connection: Connection, account: int, chosen: str) -> None:
    """Insert how the account was read, badly, and what was called for that."""
    for part, state in (("request_counts", "denied"), ("credential_report", "failed"), ("organization", "throttled")):
        make_part(connection, part, account, state=state, message=chosen, missing=chosen, region=chosen)
    place = Place((NOW - timedelta(days=400)).date(), listed_at=NOW)
    named = f"{account:012d}_CloudTrail_{REGION}_{NOW:%Y%m%dT%H%MZ}_{chosen}.json.gz"
    place.failed(f"{NOW:%Y/%m/%d}/{named}", 9, chosen, NOW)
    cursor = BucketCursor(place.first_day, {f"AWSLogs/{account:012d}/CloudTrail/{REGION}/": place})
    make_feed(
        connection, "s3_logs", account, region=REGION, owner=chosen, lease_until=NOW + timedelta(minutes=1),
        progress={"done": 1, "total": 2, "unit": chosen}, last_call=chosen, last_call_at=NOW, attempts=3,
        last_error=chosen, last_error_at=NOW, cursor=to_json(cursor),
    )  # fmt: skip
    make_own_calls(connection, chosen, 3, account, region=chosen)
    make_rejected(connection, chosen, account, origin=chosen, place=chosen, raw=zstandard.compress(chosen.encode()))
    make_integrity(
        connection, account, NOW - timedelta(hours=3), file=f"s3://{chosen}{account}", digest=f"d{chosen}{account}",
        folder=chosen, trail=chosen, verdict="broken", why=chosen, sha256=chosen,
    )  # fmt: skip
    # What a digest lists is what whoever wrote it says; of a file that was read, what its reader says.
    connection.execute(
        text("update log_file set listed_algorithm = :it, read_problem = :it where account_id = :account"),
        {"it": chosen, "account": account},
    )
    connection.execute(
        text("update digest set problem = :it where account_id = :account"), {"it": chosen, "account": account}
    )


def _calls(connection: Connection, account: int, n: int, chosen: str, stream: int, role: str) -> tuple[Event, bytes]:
    """Insert calls that have the text in each of their fields, and the sessions that they were made with."""
    user = role.replace(":role/", ":user/")
    sent: dict[str, Any] = {
        "account": account, "actor": Actor(ActorKind.ROLE, role, account, chosen, chosen), "address": chosen,
        "user_agent": chosen, "access_key": SESSIONS[n], "error_message": chosen, "request_id": chosen,
        "vpc_endpoint_id": chosen, "invoked_by": chosen, "stream": stream_arn(connection, stream),
        "shared_event_id": chosen,
    }  # fmt: skip
    by_key = sent | {
        "access_key": KEYS[n],
        "key_kind": KeyKind.LONG_TERM,
        "actor": Actor(ActorKind.USER, user, account),
    }
    unknown = Actor(ActorKind.UNKNOWN, chosen, None, chosen, chosen)
    base = 100 * n
    calls = [
        event(base, **sent),
        event(base + 1, **sent | {"error_code": chosen}),
        event(base + 2, **sent | {"action": "GetHLSStreamingSessionURL", "url_expires_s": 43_200}),
        event(base + 3, **sent | {"action": "PutMedia"}),
        event(base + 4, **sent | {"action": chosen, "source": chosen, "region": chosen, "stream": chosen}),
        event(base + 5, **sent | {"access_key": chosen, "actor": unknown}),
        event(base + 6, **sent | {"action": "GetDataEndpoint", "api_name": chosen}),
        event(base + 7, **sent | {"addendum_of": chosen, "addendum_reason": chosen}),
        *(event(base + place, **by_key) for place in (8, 9)),
        event(base + 10, **by_key | {
            "action": "PutRolePolicy", "source": "iam.amazonaws.com", "stream": None, "targets": (role, chosen),
            "is_data_event": False, "is_read_only": False,
        }),
    ]  # fmt: skip
    store(connection, calls)
    taken = {"account": account, "role_arn": role, "session_name": chosen, "address": chosen, "user_agent": chosen,
             "source_identity": chosen, "mfa_serial": chosen, "caller_key": KEYS[n], "shared_event_id": chosen,
             "caller": Actor(ActorKind.USER, user, account, chosen, chosen)}  # fmt: skip
    refused = {"access_key": None, "error_code": chosen, "caller_key": SESSIONS[n]}
    onward = {"access_key": f"ASIAONWARD{n:09d}", "caller_key": SESSIONS[n]}
    store_issued(
        connection,
        [
            issued(base, **taken, access_key=SESSIONS[n]),
            issued(base + 1, **taken | refused),
            issued(base + 2, **taken | onward),
            issued(base + 3, **taken | {"access_key": chosen, "caller_key": chosen, "addendum_of": chosen}),
        ],
    )
    first = calls[0]
    store_tokens(
        connection,
        [IssuedToken(account, first.event_id, first.event_time, chosen, is_of_long_term=True, is_emulated=False)],
    )
    raw = json.dumps(chosen).encode() + b'  \n{"not": "pretty"}'
    connection.execute(
        text("update event_raw set raw = :raw, origin = :origin where event_id = :id and account_id = :account"),
        {"raw": zstandard.compress(raw), "origin": chosen, "id": first.event_id, "account": account},
    )
    return first, raw


def _findings(connection: Connection, account: int, chosen: str, stream: int) -> str:
    name = next(iter(rules().rules))
    evidence = [
        {"kind": kind, "where": chosen, "text": chosen, "marked": [1], "link": "/matrix"}
        for kind in ("statement", "event", "count", "policy", chosen)
    ]
    arn = stream_arn(connection, stream)
    made = make_finding(
        connection, arn, account, rule=name, message=chosen, evidence=evidence, note=chosen, region=REGION
    )
    make_finding(
        connection, chosen, account, rule=name, message=chosen, state="acknowledged", note=chosen, region=chosen
    )
    connection.execute(
        insert(finding_change),
        {
            "account_id": account,
            "finding_id": made,
            "changed_at": NOW,
            "to_state": "open",
            "by": chosen,
            "note": chosen,
        },
    )
    make_run(connection, name, account, error=chosen)
    make_untold(connection, chosen, name, account, reason=chosen, region=chosen)
    return made
