"""CloudTrail's answers as boto3 hands them over."""

from datetime import UTC, datetime

ARN = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/video"
DELIVERED = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

TRAILS = [
    {
        "Name": "video",
        "S3BucketName": "example-logs",
        "S3KeyPrefix": "security",
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": True,
        "HomeRegion": "eu-central-1",
        "TrailARN": ARN,
        "LogFileValidationEnabled": True,
        "HasCustomEventSelectors": True,
        "IsOrganizationTrail": False,
    }
]
STATUSES = {
    ARN: {
        "IsLogging": False,
        "LatestDeliveryError": "NoSuchBucket",
        "LatestDeliveryTime": DELIVERED,
        "StopLoggingTime": DELIVERED,
        "LatestDeliveryAttemptTime": "",
        "TimeLoggingStopped": "2026-11-23T09:30:00Z",
    }
}
ADVANCED = {
    ARN: {
        "TrailARN": ARN,
        "AdvancedEventSelectors": [
            {
                "Name": "media",
                "FieldSelectors": [
                    {"Field": "eventCategory", "Equals": ["Data"]},
                    {"Field": "resources.type", "Equals": ["AWS::KinesisVideo::Stream"]},
                    {"Field": "eventName", "NotEquals": ["PutMedia"], "NotStartsWith": ["List"]},
                ],
            }
        ],
    }
}
BASIC = {
    ARN: {
        "TrailARN": ARN,
        "EventSelectors": [
            {
                "ReadWriteType": "WriteOnly",
                "IncludeManagementEvents": True,
                "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
                "ExcludeManagementEventSources": [],
            }
        ],
    }
}
