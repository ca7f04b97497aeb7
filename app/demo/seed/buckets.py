"""S3 and CloudTrail: buckets (in moto for their settings, in the store for their objects) and the state of trails."""

from datetime import datetime, timedelta

from moto.s3.models import s3_backends

from app.demo.gate.store import Bucket
from app.demo.gate.world import TrailState, World
from app.demo.seed import Seeder


def seed_buckets(world: World, today: datetime) -> None:
    """Create the buckets, and a state for each trail."""
    for account in world.estate.accounts:
        for own in account.buckets:
            s3_backends[account.id]["aws"].create_bucket(own.name, own.region)
            world.buckets[own.name] = Bucket(own.name, account.id, own.region)
    for trail in world.estate.trails:
        state = TrailState(trail, started_at=today - timedelta(days=800))
        for stop in trail.stops:
            state.stopped_at = today + timedelta(days=stop.day, hours=stop.hour)
            state.started_at = state.stopped_at + timedelta(hours=stop.hours)
        world.trails[trail.arn] = state


SEED = Seeder(seed_buckets)
