"""Athena's table of CloudTrail logs in Postgres, as far as our queries ask it: so that they can be run at all."""

import json
import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine

_OF_KVS = "filter(resources, r -> r.type LIKE 'AWS::KinesisVideo::%')"
_TABLE = """
create table cloudtrail_logs (
  eventtime text, eventsource text, eventname text, awsregion text, sourceipaddress text, useragent text,
  errorcode text, eventid text, sharedeventid text, recipientaccountid text, requestparameters text,
  responseelements text, useridentity jsonb, of_kvs text[]);
create function json_extract_scalar(text, text) returns text language sql as
  $$ select cast($1 as jsonb) ->> substr($2, 3) $$;
create function element_at(text[], int) returns text language sql as $$ select $1[$2] $$;
create function trino_concat(variadic text[]) returns text language sql as
  $$ select case when array_position($1, null) is null then array_to_string($1, '') end $$;
"""
_TEXTS = (
    "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode", "eventID",
    "sharedEventID", "recipientAccountId",
)  # fmt: skip


def found_by(engine: Engine, query: str, records: Iterable[dict[str, Any]]) -> list[str]:
    """Return the IDs of those of `records` that a query for Athena finds, in its order. Nothing stays behind."""
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(_TABLE)
        for record in records:
            cursor.execute(f"insert into cloudtrail_logs values ({', '.join(['%s'] * 14)})", _row(record))
        cursor.execute(_of_postgres(query))
        return [row[-1] for row in cursor.fetchall()]


def _row(record: dict[str, Any]) -> tuple[object, ...]:
    nested = [
        None if record.get(name) is None else json.dumps(record[name])
        for name in ("requestParameters", "responseElements")
    ]
    of_kvs = [each["ARN"] for each in record.get("resources") or () if each["type"].startswith("AWS::KinesisVideo::")]
    identity = json.dumps(record.get("userIdentity") or {}).replace("sessionContext", "sessioncontext")
    return (*(record.get(name) for name in _TEXTS), *nested, identity, of_kvs)


def _of_postgres(query: str) -> str:
    for trino, ours in (
        ("transform(" + _OF_KVS + ", r -> r.arn)", "of_kvs"),
        (_OF_KVS, "of_kvs"),
        ("concat(", "trino_concat("),
    ):
        query = query.replace(trino, ours)
    return re.sub(r"useridentity\.(\w+)", r"useridentity ->> '\1'", query)
