"""Organizations' answers, gathered as the collector does."""

_FULL = {"Id": "p-FullAWSAccess", "Arn": "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"}
_ALLOW = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
DENY = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"kinesisvideo:Delete*","Resource":"*"}}'

ORGANIZATION = {
    "Organization": {"Id": "o-example", "MasterAccountId": "000011112222", "FeatureSet": "ALL"},
    "Roots": [
        {
            "Id": "r-1",
            "Name": "Root",
            "PolicyTypes": [
                {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"},
                {"Type": "RESOURCE_CONTROL_POLICY", "Status": "PENDING_ENABLE"},
                {"Type": "TAG_POLICY", "Status": "ENABLED"},
            ],
        }
    ],
    "Units": [
        {"Id": "ou-1", "Name": "Video", "ParentId": "r-1"},
        {"Id": "ou-2", "Name": "Clinics", "ParentId": "ou-1"},
    ],
    "Accounts": [
        {"Id": "111122223333", "Name": "clinic", "Status": "ACTIVE", "ParentId": "ou-2"},
        {"Id": "000011112222", "Name": "main", "Status": "ACTIVE", "State": "ACTIVE", "ParentId": "r-1"},
        {"Id": "444455556666", "Name": "old", "Status": "ACTIVE", "State": "SUSPENDED", "ParentId": "ou-1"},
    ],
    "Policies": [
        {
            "Summary": {**_FULL, "Name": "FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY"},
            "Content": _ALLOW,
            "Targets": [{"TargetId": "r-1"}, {"TargetId": "ou-1"}],
        },
        {
            "Summary": {"Id": "p-2", "Arn": "arn:p-2", "Name": "keep", "Type": "SERVICE_CONTROL_POLICY"},
            "Content": DENY,
            "Targets": [{"TargetId": "ou-1"}],
        },
    ],
}
