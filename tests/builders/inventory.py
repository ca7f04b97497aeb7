"""An account with one camera, for the tests of diagnosis."""

from app.core.iam.diagnosis.resources import inventory
from tests.builders.iam import CAMERA, snapshot

THERE = inventory(snapshot().account, [CAMERA])
