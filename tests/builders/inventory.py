"""An account with one camera, whose Region eu-central-1 was read and us-east-1 was not, for the tests of diagnosis."""

from app.core.iam.diagnosis.resources import inventory
from tests.builders.iam import CAMERA, snapshot

THERE = inventory(snapshot().account, [CAMERA], {"eu-central-1"}, {"us-east-1"}, "o-a1")
