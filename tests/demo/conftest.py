"""Clients of the shared emulated organization, signed in as the scanner."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from app.demo.emulator import Emulator

Client = Callable[..., Any]
ONCE = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})


def poller(aws: Emulator) -> boto3.Session:
    """A session of the identity that kvswatch runs with."""
    own = aws.credentials
    return boto3.Session(aws_access_key_id=own.access_key, aws_secret_access_key=own.secret_key)


def assumed(aws: Emulator, name: str, **more: Any) -> boto3.Session:
    """A session of the scanner's role in the account of that name."""
    sts = poller(aws).client("sts", region_name="eu-central-1", endpoint_url=aws.endpoint, config=ONCE)
    arguments = {"ExternalId": aws.estate.external_id, "RoleSessionName": "kvswatch-test"} | more
    role = aws.estate.scanner_role(aws.estate.account(name))
    given = sts.assume_role(RoleArn=role, **arguments)["Credentials"]
    return boto3.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )


def client_of(aws: Emulator) -> Client:
    """Clients in any account: `client("iam", "clinic-video")`."""
    sessions: dict[str, boto3.Session] = {}

    def client(service: str, account: str = "cams-prod-eu", region: str = "eu-central-1", config: Config = ONCE) -> Any:
        if account not in sessions:
            sessions[account] = assumed(aws, account)
        return sessions[account].client(service, region_name=region, endpoint_url=aws.endpoint, config=config)

    return client


@pytest.fixture(scope="session")
def client(aws: Emulator) -> Client:
    return client_of(aws)
