from app.aws.regions import known_regions


def test_it_knows_regions_of_every_partition():
    assert {"eu-central-1", "us-gov-west-1"} <= known_regions()


def test_a_misspelt_region_is_not_known():
    assert "eu-centra-1" not in known_regions()
