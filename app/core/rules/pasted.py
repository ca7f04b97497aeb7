"""Policies that fix what more than one rule finds, ready to be pasted once `fix` has filled in their placeholders."""

NO_PICTURES = """\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "NoPictures",
      "Effect": "Deny",
      "Action": ["kinesisvideo:GetMedia*", "kinesisvideo:GetClip", "kinesisvideo:GetImages",
        "kinesisvideo:Get*StreamingSessionURL", "kinesisvideo:ConnectAsViewer",
        "kinesisvideo:JoinStorageSessionAsViewer"],
      "Resource": "*"
    }
  ]
}"""
"""Denies every action that exposes media; settings stay readable."""

OWN_STREAM_ONLY = """\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["kinesisvideo:PutMedia", "kinesisvideo:GetDataEndpoint", "kinesisvideo:DescribeStream"],
      "Resource": "arn:<partition>:kinesisvideo:*:<account>:stream/${credentials-iot:ThingName}/*"
    }
  ]
}"""
"""Lets a device write to the stream that is named as it is (Kinesis Video Streams Developer Guide, with AWS IoT)."""
