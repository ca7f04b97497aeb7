from app.demo.principals import fleets

ACCOUNT = "310045578826"


def actions(role) -> set[str]:
    found = set()
    for document in role.inline.values():
        for statement in document["Statement"]:
            named = statement["Action"]
            found |= {named} if isinstance(named, str) else set(named)
    return found


def test_a_bound_fleets_devices_may_write_to_their_own_stream_only():
    role = fleets.bound_fleet(ACCOUNT, "GateCamRole", "gate-cams", "eu-central-1")

    (statement,) = role.inline["own-stream"]["Statement"]
    assert statement["Resource"] == f"arn:aws:kinesisvideo:*:{ACCOUNT}:stream/${{credentials-iot:ThingName}}/*"
    condition = role.trust["Statement"][0]["Condition"]
    assert condition["ArnEquals"] == {"aws:SourceArn": f"arn:aws:iot:eu-central-1:{ACCOUNT}:rolealias/gate-cams"}


def test_a_shared_fleets_devices_may_write_everywhere_and_what_else_is_asked():
    role = fleets.shared_fleet("DockCamShared", "dock-cams", "GetMedia")

    assert role.inline["kvs"]["Statement"][0]["Resource"] == "*"
    assert {"kinesisvideo:PutMedia", "kinesisvideo:GetMedia"} <= actions(role)
    assert "Condition" not in role.trust["Statement"][0]


def test_the_oldest_fleet_may_do_everything():
    assert actions(fleets.everything_fleet("LegacyCamRole")) == {"kinesisvideo:*"}


def test_a_master_may_view_only_by_mistake():
    assert "kinesisvideo:ConnectAsViewer" in actions(fleets.webrtc_master(ACCOUNT, "DoorbellMaster", may_view=True))
    assert "kinesisvideo:ConnectAsViewer" not in actions(fleets.webrtc_master(ACCOUNT, "NurseCall", may_view=False))


def test_edge_agents_write_to_edge_streams():
    statements = fleets.edge_agent(ACCOUNT).inline["edge"]["Statement"]

    assert statements[0]["Resource"] == f"arn:aws:kinesisvideo:*:{ACCOUNT}:stream/edge-*/*"


def test_a_keyed_camera_is_a_user_with_an_old_key():
    (user,) = fleets.keyed_camera(ACCOUNT, "cam-gate-07").users

    assert user.keys[0].id.startswith("AKIA")
    assert user.keys[0].active
    assert user.keys[0].age_days > 365
