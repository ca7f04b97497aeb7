"""IAM's answers as boto3 hands them over when nobody decodes their documents."""

from datetime import UTC, datetime
from pathlib import Path

CAMERA_POLICY = '{\n  "Statement": {"Effect": "Allow", "Action": "kinesisvideo:PutMedia", "Resource": "*"}\n}'
ENCODED_CAMERA_POLICY = (
    "%7B%0A%20%20%22Statement%22%3A%20%7B%22Effect%22%3A%20%22Allow%22%2C%20%22Action%22%3A%20"
    "%22kinesisvideo%3APutMedia%22%2C%20%22Resource%22%3A%20%22%2A%22%7D%0A%7D"
)
BROKEN_POLICY = "%7B%22Statement%22%3A%20%5B"
TRUST = '{"Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
CREATED = datetime(2024, 3, 1, 8, tzinfo=UTC)
USED = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)

BOUNDARY = "arn:aws:iam::111122223333:policy/edge"
UPLOAD = "arn:aws:iam::111122223333:policy/upload"

AUTHORIZATION_DETAILS = {
    "UserDetailList": [
        {
            "Path": "/",
            "UserName": "cam-7",
            "UserId": "AIDAEXAMPLE7",
            "Arn": "arn:aws:iam::111122223333:user/cam-7",
            "CreateDate": CREATED,
            "GroupList": ["cameras"],
            "UserPolicyList": [{"PolicyName": "broken", "PolicyDocument": BROKEN_POLICY}],
            "AttachedManagedPolicies": [],
            "Tags": [{"Key": "site", "Value": "north"}],
        }
    ],
    "GroupDetailList": [
        {
            "Path": "/",
            "GroupName": "cameras",
            "GroupId": "AGPAEXAMPLE",
            "Arn": "arn:aws:iam::111122223333:group/cameras",
            "CreateDate": CREATED,
            "GroupPolicyList": [],
            "AttachedManagedPolicies": [{"PolicyName": "upload", "PolicyArn": UPLOAD}],
        }
    ],
    "RoleDetailList": [
        {
            "Path": "/fleet/",
            "RoleName": "ingest",
            "RoleId": "AROAEXAMPLE",
            "Arn": "arn:aws:iam::111122223333:role/fleet/ingest",
            "CreateDate": CREATED,
            "AssumeRolePolicyDocument": TRUST,
            "RolePolicyList": [{"PolicyName": "put", "PolicyDocument": ENCODED_CAMERA_POLICY}],
            "AttachedManagedPolicies": [],
            "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": BOUNDARY},
            "RoleLastUsed": {"LastUsedDate": USED, "Region": "eu-central-1"},
        }
    ],
    "Policies": [
        {
            "PolicyName": "upload",
            "Arn": UPLOAD,
            "DefaultVersionId": "v2",
            "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": False, "Document": "%7B%22old%22%3A1%7D"},
                {
                    "VersionId": "v2",
                    "IsDefaultVersion": True,
                    "Document": ENCODED_CAMERA_POLICY,
                    "CreateDate": CREATED,
                },
            ],
        }
    ],
}

BOUNDARY_READ_ALONE = [
    {
        "Policy": {"PolicyName": "edge", "Arn": BOUNDARY, "DefaultVersionId": "v1"},
        "PolicyVersion": {"VersionId": "v1", "IsDefaultVersion": True, "Document": ENCODED_CAMERA_POLICY},
    }
]

CREDENTIAL_REPORT = Path(__file__).with_name("credential_report.csv").read_bytes()

ACCESS_KEYS = [
    {
        "UserArn": "arn:aws:iam::111122223333:user/cam-7",
        "Keys": [
            {
                "AccessKeyId": "AKIAEXAMPLENEW",
                "Status": "Inactive",
                "CreateDate": datetime(2025, 3, 1, 8, tzinfo=UTC),
                "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"},
            },
            {
                "AccessKeyId": "AKIAEXAMPLEOLD",
                "Status": "Active",
                "CreateDate": CREATED,
                "AccessKeyLastUsed": {"LastUsedDate": USED, "ServiceName": "kinesisvideo", "Region": "eu-central-1"},
            },
        ],
    },
    {"UserArn": "arn:aws:iam::111122223333:user/anna", "Keys": []},
]
