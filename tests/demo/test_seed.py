from app.core import catalogue
from app.demo import seed
from app.demo.seed import Seeder


def test_each_file_seeds_one_service():
    assert set(catalogue.load(seed, "SEED", Seeder)) == {
        "buckets",
        "devices",
        "identity",
        "keys",
        "organization",
        "video",
    }


def test_everything_is_there_once_it_is_filled(aws, client):
    assert client("iam").list_roles()["Roles"]
    assert client("kinesisvideo").list_streams()["StreamInfoList"]
    assert aws.world.trails
    assert aws.world.buckets
