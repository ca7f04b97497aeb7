"""CloudTrail events, their raw records, the sessions they issued, the rollups that pages read, and how far they go."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import INET, UUID

from app.db.tables._metadata import Time, metadata

BY_MONTH = "RANGE (event_time)"
_NEWEST_FIRST = (text("event_time desc"), text("event_id desc"))

event = Table(
    "event",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("event_time", Time, primary_key=True),
    Column("event_id", UUID(as_uuid=True), primary_key=True),
    Column("action_id", Integer, nullable=False),
    Column("region_id", Integer, nullable=False),
    Column("stream_id", Integer, nullable=False),
    Column("principal_id", Integer, nullable=False),
    Column("user_agent_id", Integer, nullable=False),
    Column("access_key", Text),
    Column("key_kind", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("session_name", Text),
    Column("person", Text),
    Column("address", Text),
    Column("ip", INET),
    Column("error_code", Text),
    Column("is_read_only", Boolean),
    Column("is_data_event", Boolean),
    Column("is_own", Boolean, nullable=False, server_default=text("false")),
    Column("shared_event_id", Text),
    Column("request_id", Text),
    Column("api_name", Text),
    Column("url_expires_s", Integer),
    Column("footage_from", Time),
    Column("footage_to", Time),
    Column("vpc_endpoint_id", Text),
    Column("invoked_by", Text),
    Column("addendum_of", Text),
    Column("footage", Text, comment="what of the video asked for is known, see core.model.footage; null: none was"),
    Column("footage_clock", Text, comment="whose clock footage_from and footage_to are of: producer or server"),
    Column("addendum_reason", Text),
    Column("log_file", BigInteger, comment="number of the log file in S3 that it was read from; null: none is known"),
    Column(
        "superseded_by",
        UUID(as_uuid=True),
        comment="event_id of the record that corrects this one: kept, and not counted",
    ),
    # "Who called on this stream", newest first. The action comes last so that rows with others are not fetched.
    Index("ix_event_stream", "account_id", "stream_id", *_NEWEST_FIRST, "action_id"),
    # "What did this principal do", newest first.
    Index("ix_event_principal", "account_id", "principal_id", *_NEWEST_FIRST, "action_id"),
    # The landing page over all accounts.
    Index("ix_event_time", *_NEWEST_FIRST),
    # One session's or key's calls; the joint of lineage.
    Index("ix_event_access_key", "account_id", "access_key", "event_time"),
    # Everything from one address.
    Index("ix_event_address", "address", "event_time"),
    # Everything that one person did: machines make most calls, and have none behind them.
    Index("ix_event_person", "person", *_NEWEST_FIRST, postgresql_where=text("person is not null")),
    # Our own calls are few, and folded by default: charts subtract them.
    Index("ix_event_own", "account_id", "event_time", postgresql_where=text("is_own")),
    # Which playback URLs still open: few calls are given one.
    Index("ix_event_url", "account_id", "event_time", postgresql_where=text("url_expires_s is not null")),
    postgresql_partition_by=BY_MONTH,
)

event_raw = Table(
    "event_raw",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("event_time", Time, primary_key=True),
    Column("event_id", UUID(as_uuid=True), primary_key=True),
    Column("raw", LargeBinary, nullable=False, comment="zstd; the frame names its dictionary in zdict"),
    Column("origin", Text, comment="s3://bucket/key, file path or lookup_events"),
    postgresql_partition_by=BY_MONTH,
)

issued_session = Table(
    "issued_session",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("event_time", Time, primary_key=True),
    Column("event_id", UUID(as_uuid=True), primary_key=True),
    Column("action_id", Integer, nullable=False),
    Column("region_id", Integer, nullable=False),
    Column("role_id", Integer, nullable=False, comment="principal of the assumed role"),
    Column("session_name", Text),
    Column("access_key", Text, comment="the issued key; null when denied"),
    Column("expires_at", Time),
    Column("caller_id", Integer, nullable=False, comment="principal that asked"),
    Column("caller_kind", Text, nullable=False),
    Column("caller_account_id", BigInteger),
    Column("caller_session_name", Text),
    Column("caller_key", Text),
    Column("person", Text),
    Column("source_identity", Text),
    Column("external_id_given", Boolean, nullable=False),
    Column("mfa_serial", Text),
    Column("address", Text),
    Column("user_agent_id", Integer, nullable=False),
    Column("error_code", Text),
    Column("shared_event_id", Text),
    Column("addendum_of", Text, comment="ID of the record that this one corrects"),
    # Whether a record was corrected.
    Index(
        "ix_issued_session_addendum",
        "account_id",
        "addendum_of",
        postgresql_where=text("addendum_of IS NOT NULL"),
    ),
    # From a call's key to the record that issued it, in any account: a role session may be used elsewhere than where it
    # was issued.
    Index("ix_issued_session_key", "access_key"),
    # What else did the caller assume.
    Index("ix_issued_session_caller_key", "caller_key", "event_time"),
    # Which roles did a principal take. AWS services, which take most sessions, are nobody's to ask about.
    Index(
        "ix_issued_session_caller",
        "caller_id",
        "event_time",
        postgresql_where=text("caller_kind <> 'service'"),
    ),
    # A session's name, as it is pasted into a search. AWS takes 64 characters, an imported record may have any number.
    # Without the time: a device's name stands in it once, not beside each of its sessions.
    Index("ix_issued_session_name", text("left(session_name, 64)")),
    Index(
        "ix_issued_session_caller_name",
        text("left(caller_session_name, 64)"),
        postgresql_where=text("caller_session_name IS NOT NULL"),
    ),
    # Who took a role.
    Index("ix_issued_session_role", "role_id", "event_time"),
    postgresql_partition_by=BY_MONTH,
)

issued_token = Table(
    "issued_token",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("access_key", Text, primary_key=True),
    Column("event_time", Time, nullable=False),
    Column("event_id", UUID(as_uuid=True), nullable=False),
    Column("is_of_long_term", Boolean, nullable=False, comment="asked for with a user's long-term key"),
    Column("is_emulated", Boolean, nullable=False, comment="shown by a record that the demo made"),
    comment="keys that GetSessionToken gave out, whose records are not kept: an assumption is checked by them",
)

addendum = Table(
    "addendum",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", UUID(as_uuid=True), primary_key=True),
    Column("event_time", Time, nullable=False),
    Column(
        "root_id",
        UUID(as_uuid=True),
        nullable=False,
        comment="event_id of the first record, which this and perhaps others correct",
    ),
    Column("root_time", Time, comment="its event_time; null: it is not stored"),
    # All that correct one record, and whether there are any.
    Index("ix_addendum_root", "account_id", "root_id"),
    comment="records that correct another one",
)

access_change = Table(
    "access_change",
    metadata,
    # "What changed of this role", newest first.
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("target", Text, primary_key=True, comment="role/name, user/name, group/name, an ARN …, in small letters"),
    Column("event_time", Time, primary_key=True),
    Column("event_id", UUID(as_uuid=True), primary_key=True),
    # What one change is about.
    Index("ix_access_change_event", "account_id", "event_id"),
    comment="what each stored change of permissions is about",
)

roll_hour = Table(
    "roll_hour",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("action_id", Integer, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("hourly", ARRAY(Integer), nullable=False, comment="the 24 hours of n, UTC"),
    Column("hourly_errors", ARRAY(Integer), nullable=False, comment="the 24 hours of errors, UTC"),
)

roll_dim = Table(
    "roll_dim",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "kind",
        Text,
        primary_key=True,
        comment="principal, stream, address, user_agent, error, region, key; of reads of media: reader, read_stream",
    ),
    Column("day", Date, primary_key=True),
    Column("value", Text, primary_key=True, comment="the dimension's id as text, or the text itself"),
    Column("n", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
)

roll_day = Table(
    "roll_day",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("stream_id", Integer, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("principal_id", Integer, primary_key=True),
    Column("action_id", Integer, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("first_seen", Time, nullable=False),
    Column("last_seen", Time, nullable=False),
    # "What did this principal use" without a stream.
    Index("ix_roll_day_principal", "account_id", "principal_id", "day"),
)

roll_use = Table(
    "roll_use",
    metadata,
    # A matrix asks of every principal and action whether it was used: days times streams would be read for a yes.
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("principal_id", Integer, primary_key=True),
    Column("action_id", Integer, primary_key=True),
    Column("first_at", Time, nullable=False, comment="of the calls that were not refused"),
    Column("last_at", Time, nullable=False),
    Column(
        "n",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="calls that were not refused, from first_at",
    ),
)

counted_day = Table(
    "counted_day",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    # The first and the last of all accounts.
    Index("ix_counted_day_day", "day"),
    comment="days whose events were dropped while their counts are kept",
)

touched_hour = Table(
    "touched_hour",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("hour", Time, primary_key=True),
    Column("touched_at", Time, nullable=False),
)

zdict = Table(
    "zdict",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="the id inside the zstd frame"),
    Column("trained_at", Time, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

rejected_record = Table(
    "rejected_record",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False, comment="0: the record does not tell"),
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("origin", Text, nullable=False, comment="s3://bucket/key or file path"),
    Column("place", Text, nullable=False, comment="record 17, byte 20481; or the whole file"),
    Column("reason", Text, nullable=False),
    Column("rejected_at", Time, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("raw", LargeBinary, comment="zstd; null: the whole file is at fault, or such old ones are not kept"),
    Column("size", BigInteger, comment="bytes of all of it; of a file: it is too large, and has at least so many"),
    # The same file read twice is not rejected twice.
    Index("uq_rejected_record", "account_id", "content_hash", "origin", "place", unique=True),
    # Coverage asks for what of log files is missing of a range.
    Index("ix_rejected_record_in_s3", "rejected_at", postgresql_where=text("origin LIKE 's3://%'")),
    # Each batch asks what of its files was rejected before, wherever they lay then.
    Index("ix_rejected_record_name", text("split_part(origin, '/', -1)")),
    # Each look for new files asks which were too large for an earlier limit.
    Index(
        "ix_rejected_record_too_large", "size", postgresql_where=text("place = 'the whole file' AND size IS NOT NULL")
    ),
    # The two of whole files are those of the release of before.
    Index("ix_rejected_record_file", "rejected_at", postgresql_where=text("place = 'the whole file'")),
    Index(
        "ix_rejected_record_file_name",
        text("split_part(origin, '/', -1)"),
        postgresql_where=text("place = 'the whole file'"),
    ),
)

retention = Table(
    "retention",
    metadata,
    Column("what", Text, primary_key=True, comment="event or event_raw"),
    Column("dropped_before", Time, nullable=False, comment="nothing older is kept"),
    Column("days", Integer, nullable=False, comment="the setting that it was dropped by"),
    Column("dropped_at", Time, nullable=False),
)
