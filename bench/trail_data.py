"""CloudTrail log files as AWS writes them, made up: compact, about 1.5 kB a record, some of them KVS and AssumeRole*.

Seeded: the same arguments give the same files. The noise around the kept records is what costs a reader time, so it has
the mix of a common account, and its own mentions of Kinesis Video Streams (policies, rules, KMS calls on its behalf).
"""

import gzip
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 10, 1, tzinfo=UTC)
_SERVICES = {
    "ec2": ("DescribeInstances", "DescribeVolumes", "DescribeSecurityGroups", "DescribeTags"),
    "s3": ("GetObject", "PutObject", "HeadObject", "GetBucketAcl"),
    "logs": ("CreateLogStream", "DescribeLogGroups"),
    "ssm": ("GetParameter", "UpdateInstanceInformation"),
    "dynamodb": ("DescribeTable", "GetItem"),
    "lambda": ("GetFunction20150331v2", "ListFunctions20150331"),
    "iam": ("GetRole", "ListAttachedRolePolicies"),
    "kinesis": ("DescribeStreamSummary", "PutRecords"),
}
_OF_CAMERAS = (
    ("GetDataEndpoint", False, '{{"streamName":"{stream}","aPIName":"PUT_MEDIA"}}'),
    ("PutMedia", True, '{{"streamName":"{stream}"}}'),
)
_OF_VIEWERS = (
    ("GetMedia", True, '{{"streamARN":"{arn}","startSelector":{{"startSelectorType":"NOW"}}}}'),
    ("GetHLSStreamingSessionURL", True, '{{"streamName":"{stream}","playbackMode":"LIVE","expires":3600}}'),
    ("ListFragments", True, '{{"streamName":"{stream}","maxResults":100}}'),
    ("DescribeStream", False, '{{"streamName":"{stream}"}}'),
)
_AGENTS = (
    "aws-sdk-cpp/1.11.400 AWS-SDK-KVS-CPP-CLIENT/3.4.1 GCC/12.2.0 Linux/6.1.0 x86_64",
    "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython",
    "aws-sdk-java/2.30.1 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10 lang/java#21.0.5 md/OpenJDK_64-Bit_Server_VM",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.80.0",
)


@dataclass(frozen=True, slots=True)
class Mix:
    """What is in the files: shares of all records, and how many records a file."""

    kvs: float = 0.02
    sessions: float = 0.09
    access: float = 0.0
    """Changes of permissions."""
    records: tuple[int, int] = (1_000, 4_000)
    days: int = 30


def log_files(megabytes: float, mix: Mix, seed: int = 1) -> Iterator[bytes]:
    """Yield gzip files of together about so many megabytes once uncompressed."""
    writer = _Writer(random.Random(seed), mix)
    left = megabytes * 1e6
    while left > 0:
        text = writer.file()
        left -= len(text)
        yield gzip.compress(text, compresslevel=6, mtime=0)


class _Writer:
    def __init__(self, r: random.Random, mix: Mix) -> None:
        self.r, self.mix = r, mix
        self.accounts = [f"{r.randrange(10**11, 10**12)}" for _ in range(5)]
        self.roles = [f"{kind}-{n}" for kind in ("App", "Viewer", "Camera", "Deploy") for n in range(10)]
        self.streams = [f"{site}-{n:04d}" for site in ("north", "south", "gate", "lab") for n in range(250)]
        self.sessions = [self._session() for _ in range(600)]
        self.cameras = [(self._session()[0], f"Camera-{n % 10}", name) for n, name in enumerate(self.streams)]

    def file(self) -> bytes:
        account = self.r.choice(self.accounts)
        at = START + timedelta(minutes=5 * self.r.randrange(12 * 24 * self.mix.days))
        records = [self._record(account, at) for _ in range(self.r.randint(*self.mix.records))]
        return ('{"Records":[' + ",".join(records) + "]}").encode()

    def _record(self, account: str, at: datetime) -> str:
        when = f"{at + timedelta(seconds=self.r.randrange(300)):%Y-%m-%dT%H:%M:%SZ}"
        kind = self.r.random()
        if kind < self.mix.kvs:
            return self._kvs(account, when)
        if kind < self.mix.kvs + self.mix.sessions:
            return self._assume_role(account, when)
        if kind < self.mix.kvs + self.mix.sessions + self.mix.access:
            return self._access(account, when)
        return self._other(account, when)

    def _access(self, account: str, when: str) -> str:
        """A policy put on a role: its document is text within text, about as long as all else of the record."""
        role = self.r.choice(self.roles)
        statement = r"{\"Effect\":\"Allow\",\"Action\":[\"kinesisvideo:Get*\",\"s3:GetObject\"],\"Resource\":\"*\"}"
        document = r"{\"Version\":\"2012-10-17\",\"Statement\":[" + ",".join([statement] * self.r.randint(1, 8)) + "]}"
        return (
            self._head(self._identity(account), when, "iam", self.r.choice(("PutRolePolicy", "UpdateAssumeRolePolicy")))
            + f',"requestParameters":{{"roleName":"{role}","policyName":"inline","policyDocument":"{document}"}}'
            + ',"responseElements":null'
            + self._tail(account, "")
        )

    def _kvs(self, account: str, when: str) -> str:
        number = self.r.randrange(len(self.streams))
        stream, camera = self.streams[number], self.cameras[number]
        # Most calls are a camera's own, from its own address; the rest are a few people's and services'.
        is_camera = self.r.random() < 0.8
        name, is_data, template = self.r.choice(_OF_CAMERAS if is_camera else _OF_VIEWERS)
        identity = self._role(account, *camera) if is_camera else self._identity(account)
        address = f"198.51.{number // 250}.{number % 250}" if is_camera else f"203.0.113.{self.r.randrange(200)}"
        arn = f"arn:aws:kinesisvideo:eu-central-1:{account}:stream/{stream}/1700000000000"
        resources = f',"resources":[{{"accountId":"{account}","type":"AWS::KinesisVideo::Stream","ARN":"{arn}"}}]'
        error = ',"errorCode":"AccessDenied","errorMessage":"not authorized"' if self.r.random() < 0.03 else ""
        return (
            self._head(identity, when, "kinesisvideo", name, address, _AGENTS[number % 2] if is_camera else "")
            + f'{error},"requestParameters":{template.format(stream=stream, arn=arn)},"responseElements":null'
            + self._tail(account, resources if is_data else "", is_data=is_data)
        )

    def _assume_role(self, account: str, when: str) -> str:
        key, role, session = self.r.choice(self.sessions)
        arn = f"arn:aws:iam::{account}:role/{role}"
        token = "".join(self.r.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", k=400))
        identity = (
            '{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}'
            if self.r.random() < 0.4
            else self._identity(account)
        )
        return (
            self._head(identity, when, "sts", "AssumeRole")
            + f',"requestParameters":{{"roleArn":"{arn}","roleSessionName":"{session}","durationSeconds":3600}}'
            + f',"responseElements":{{"credentials":{{"accessKeyId":"{key}","sessionToken":"{token}",'
            + '"expiration":"Oct 2, 2026, 12:00:00 PM"},"assumedRoleUser":{"assumedRoleId":'
            + f'"AROA{role}:{session}","arn":"arn:aws:sts::{account}:assumed-role/{role}/{session}"}}}}'
            + self._tail(account, f',"resources":[{{"accountId":"{account}","type":"AWS::IAM::Role","ARN":"{arn}"}}]')
        )

    def _other(self, account: str, when: str) -> str:
        r = self.r
        kind = r.random()
        if kind < 0.2:
            service = "kinesisvideo.amazonaws.com" if kind < 0.01 else "s3.amazonaws.com"
            identity = f'{{"type":"AWSService","invokedBy":"{service}"}}' if kind < 0.03 else self._identity(account)
            key = f"arn:aws:kms:eu-central-1:{account}:key/{self._guid()}"
            body = f'{{"encryptionContext":{{"aws:s3:arn":"arn:aws:s3:::bucket-{r.randrange(40)}"}},"keyId":"{key}"}}'
            resources = f',"resources":[{{"accountId":"{account}","type":"AWS::KMS::Key","ARN":"{key}"}}]'
            return (
                self._head(identity, when, "kms", r.choice(("Decrypt", "GenerateDataKey")))
                + f',"requestParameters":{body},"responseElements":null'
                + self._tail(account, resources)
            )
        service, names = r.choice(list(_SERVICES.items()))
        filters = ",".join(
            f'{{"name":"tag:Name","valueSet":{{"items":[{{"value":"web-{r.randrange(99)}-{self._guid()[:8]}"}}]}}}}'
            for _ in range(r.randrange(1, 6))
        )
        policy = r'"policyDocument":"{\"Action\":\"kinesisvideo:PutMedia\"}",' if kind > 0.995 else ""
        return (
            self._head(self._identity(account), when, service, r.choice(names))
            + f',"requestParameters":{{{policy}"path":"/app/{r.randrange(999)}/{self._guid()[:18]}",'
            + f'"maxResults":{r.randrange(99)},"filterSet":{{"items":[{filters}]}}}},"responseElements":null'
            + self._tail(account, "")
        )

    def _head(self, identity: str, when: str, service: str, name: str, address: str = "", agent: str = "") -> str:
        address = address or ".".join(str(self.r.randrange(1, 224)) for _ in range(4))
        return (
            f'{{"eventVersion":"1.11","userIdentity":{identity},"eventTime":"{when}","eventSource":"{service}.amazonaws.com",'
            f'"eventName":"{name}","awsRegion":"eu-central-1","sourceIPAddress":"{address}",'
            f'"userAgent":"{agent or self.r.choice(_AGENTS)}"'
        )

    def _tail(self, account: str, resources: str, *, is_data: bool = False) -> str:
        return (
            f',"requestID":"{self._guid()}","eventID":"{self._guid()}","readOnly":true{resources},"eventType":"AwsApiCall",'
            f'"managementEvent":{"false" if is_data else "true"},"recipientAccountId":"{account}",'
            f'"eventCategory":"{"Data" if is_data else "Management"}","tlsDetails":{{"tlsVersion":"TLSv1.3",'
            '"cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"service.eu-central-1.amazonaws.com"}}'
        )

    def _identity(self, account: str) -> str:
        if self.r.random() < 0.25:
            user = f"user-{self.r.randrange(20)}"
            return (
                f'{{"type":"IAMUser","principalId":"AIDA{user}","arn":"arn:aws:iam::{account}:user/{user}",'
                f'"accountId":"{account}","accessKeyId":"AKIA{user.upper():0<16}","userName":"{user}"}}'
            )
        return self._role(account, *self.r.choice(self.sessions))

    def _role(self, account: str, key: str, role: str, session: str) -> str:
        return (
            f'{{"type":"AssumedRole","principalId":"AROA{role}:{session}","arn":"arn:aws:sts::{account}:assumed-role/{role}/'
            f'{session}","accountId":"{account}","accessKeyId":"{key}","sessionContext":{{"sessionIssuer":{{"type":"Role",'
            f'"principalId":"AROA{role}","arn":"arn:aws:iam::{account}:role/{role}","accountId":"{account}","userName":'
            f'"{role}"}},"webIdFederationData":{{}},"attributes":{{"creationDate":"2026-10-01T10:00:00Z",'
            '"mfaAuthenticated":"false"}}}'
        )

    def _session(self) -> tuple[str, str, str]:
        key = "ASIA" + "".join(self.r.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
        return key, self.r.choice(self.roles), f"i-{self.r.getrandbits(60):016x}"

    def _guid(self) -> str:
        digits = f"{self.r.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
