def test_every_bucket_is_its_accounts_in_moto_and_in_the_store(aws, client):
    listed = client("s3", "log-archive").list_buckets()["Buckets"] if not aws.authorizing else []

    # Other tests put buckets of their own beside it.
    assert [bucket["Name"] for bucket in listed if bucket["Name"].startswith("halden-")] == ["halden-cloudtrail"]
    assert "halden-cloudtrail" in aws.world.buckets


def test_every_trail_has_a_state_with_the_time_of_its_last_stop(aws):
    stopped = {arn: state for arn, state in aws.world.trails.items() if state.stopped_at is not None}

    assert set(aws.world.trails) == {trail.arn for trail in aws.estate.trails}
    assert [arn.rsplit("/", 1)[-1] for arn in stopped] == ["clinic-media-trail"]
    (state,) = stopped.values()
    assert state.is_logging
    assert state.stopped_at < state.started_at
