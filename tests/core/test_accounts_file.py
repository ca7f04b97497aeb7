import pytest

from app.core.accounts_file import Defaults, parse
from app.core.errors import InvalidInput
from app.core.model.account import AccountKind

DEFAULTS = Defaults(
    role_names={
        AccountKind.MEMBER: "kvswatch-member",
        AccountKind.MANAGEMENT: "kvswatch-management",
        AccountKind.LOG_ARCHIVE: "kvswatch-log-archive",
    },
    external_id="from-the-setting",
    regions=("eu-central-1",),
)


GROUP = "arn:aws:logs:eu-central-1:111122223333:log-group:trail"


def test_a_log_group_is_named_with_or_without_what_aws_puts_behind_it():
    (account,) = parse(f'[[account]]\nid = "111122223333"\nlog_group = "{GROUP}:*"\n', DEFAULTS)
    assert account.log_group == GROUP


def test_an_id_is_enough():
    (account,) = parse('[[account]]\nid = "000011112222"\n', DEFAULTS)
    assert (account.id, account.name, account.kind) == (11112222, "000011112222", AccountKind.MEMBER)
    assert account.role_arn == "arn:aws:iam::000011112222:role/kvswatch-member"
    assert (account.external_id, account.regions) == ("from-the-setting", ("eu-central-1",))


def test_it_takes_all_that_an_entry_says():
    (account,) = parse(
        """[[account]]
id = "111122223333"
name = "logs"
kind = "log_archive"
role_arn = "arn:aws-cn:iam::111122223333:role/security/reader"
external_id = "its-own"
regions = ["cn-north-1", "cn-north-1"]
partition = "aws-cn"
log_bucket = "example-logs"
log_prefix = "security"
log_queue = "arn:aws-cn:sqs:cn-north-1:111122223333:example-logs"
more_log_buckets = ["old", "older", "old", "example-logs"]
log_endpoint = "https://s3.example.org:9000"
log_profile = "mirror"
log_requester_pays = true
""",
        DEFAULTS,
    )
    assert account.role_arn == "arn:aws-cn:iam::111122223333:role/security/reader"
    assert (account.regions, account.partition, account.external_id) == (("cn-north-1",), "aws-cn", "its-own")
    assert (account.log_bucket, account.log_prefix) == ("example-logs", "security")
    assert account.log_queue == "arn:aws-cn:sqs:cn-north-1:111122223333:example-logs"
    assert (account.log_endpoint, account.log_profile) == ("https://s3.example.org:9000", "mirror")
    assert account.log_requester_pays
    assert account.log_buckets == ("example-logs", "old", "older")


def test_the_role_has_the_name_of_its_kind_and_the_partition_of_its_account():
    (account,) = parse('[[account]]\nid = "111122223333"\nkind = "management"\npartition = "aws-us-gov"\n', DEFAULTS)
    assert account.role_arn == "arn:aws-us-gov:iam::111122223333:role/kvswatch-management"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("id = 111122223333", "id = 111122223333: write the 12 digits"),
        ('id = "1111-2222-3333"', "id = '1111-2222-3333': write the 12 digits"),
        ('id = "111122223333"\nkind = "boss"', "kind = 'boss': allowed are member, management, log_archive"),
        ('id = "111122223333"\nregion = "x"', "'region' is no field"),
        ('id = "111122223333"\nregions = "eu-west-1"', "regions = 'eu-west-1': write a list"),
        ('id = "111122223333"\nregions = []', "regions = []: write a list"),
        ('id = "111122223333"\nname = 7', "name = 7: write a text"),
        ('id = "111122223333"\nrole_arn = "kvswatch"', "role_arn = 'kvswatch': write it as arn:aws:iam"),
        (
            'id = "111122223333"\nrole_arn = "arn:aws:iam::444455556666:role/x"',
            "is a role of another account",
        ),
        ('id = "111122223333"\nlog_queue = "logs"', "log_queue = 'logs' is not the ARN of a queue: arn:aws:sqs:"),
        (
            'id = "111122223333"\nlog_queue = "arn:aws:sqs:eu-west-1:111122223333:logs"',
            "log_queue: also name the log_bucket",
        ),
        ('id = "111122223333"\nlog_endpoint = "s3.example.org"', "log_endpoint = 's3.example.org': write it as https"),
        ('id = "111122223333"\nlog_endpoint = "https://a/b"', "log_endpoint = 'https://a/b': write it as https"),
        ('id = "111122223333"\nlog_requester_pays = "no"', "log_requester_pays = 'no': write true or false"),
        ('id = "111122223333"\nlog_profile = "mirror"', "log_profile: also name the log_endpoint"),
        ('id = "111122223333"\nlog_bucket = "b"\nmore_log_buckets = "c"', "more_log_buckets = 'c': write a list"),
        ('id = "111122223333"\nmore_log_buckets = ["c"]', "more_log_buckets: also name the log_bucket"),
        ('id = "111122223333"\nlog_group = "trail"', "log_group = 'trail' is not the ARN of a log group"),
        (f'id = "444455556666"\nlog_group = "{GROUP}"', "is a log group of another account"),
        (f'id = "111122223333"\nlog_group = "{GROUP}"\nlog_bucket = "b"', "name one of them"),
    ],
    ids=[
        "number",
        "dashes",
        "kind",
        "misspelt",
        "text for list",
        "no region",
        "number for text",
        "no arn",
        "other account",
        "no queue",
        "a queue without its bucket",
        "no URL",
        "a URL with a path",
        "text for yes or no",
        "a profile for no endpoint",
        "text for more buckets",
        "more than no bucket",
        "no log group",
        "a log group of another account",
        "a log group beside a bucket",
    ],
)
def test_it_names_the_account_the_field_and_what_is_allowed(line, complaint):
    with pytest.raises(InvalidInput, match="account 1 ") as told:
        parse(f"[[account]]\n{line}\n", DEFAULTS)
    assert complaint in str(told.value)


def test_it_tells_all_faults_at_once():
    with pytest.raises(InvalidInput) as told:
        parse('[[account]]\nid = "1"\n[[account]]\nid = "111122223333"\nkind = "x"\n', DEFAULTS)
    assert len(str(told.value).splitlines()) == 2


def test_it_refuses_an_account_that_stands_twice():
    with pytest.raises(InvalidInput, match="'111122223333' stands more than once"):
        parse('[[account]]\nid = "111122223333"\n[[account]]\nid = "111122223333"\n', DEFAULTS)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("[[account", "not TOML"), ('account = "111122223333"', r"headed \[\[account\]\]")],
    ids=["no TOML", "no tables"],
)
def test_it_refuses_what_is_not_a_list_of_accounts(text, complaint):
    with pytest.raises(InvalidInput, match=complaint):
        parse(text, DEFAULTS)


def test_a_file_without_accounts_lists_none():
    assert parse("", DEFAULTS) == ()
