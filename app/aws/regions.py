"""The Regions that AWS's own SDK knows for Kinesis Video Streams."""

from functools import cache

import boto3


@cache
def known_regions() -> frozenset[str]:
    """Return the Regions of all partitions that have Kinesis Video Streams, as of the installed SDK."""
    session = boto3.Session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("kinesisvideo", partition_name=partition)
    )
