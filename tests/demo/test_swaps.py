from app.demo.estate import estate
from app.demo.swaps import SWAPS, replacement


def test_every_swapped_camera_is_one_of_the_estate():
    full = estate()

    for account, stream in SWAPS:
        assert stream in {own.name for own in full.account(account).streams}


def test_the_new_device_is_another():
    assert replacement("gate-03") != "thing-gate-03"
