"""Logs go to stderr, so that stdout holds results alone."""

import json

import pytest
import structlog

from app import logs


def test_it_logs_json_to_stderr_when_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    structlog.get_logger().info("polled", account="111122223333")
    out, err = capsys.readouterr()
    assert out == ""
    assert json.loads(err)["account"] == "111122223333"
    structlog.reset_defaults()


def test_it_keeps_quiet_below_its_level(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("error")
    structlog.get_logger().info("polled")
    assert capsys.readouterr() == ("", "")
    structlog.reset_defaults()
