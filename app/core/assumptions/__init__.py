"""What kvswatch takes to be so of CloudTrail's records without AWS having written it: one assumption a file."""
