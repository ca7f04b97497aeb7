import pytest


@pytest.fixture(autouse=True)
def _own_credentials(aws, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
