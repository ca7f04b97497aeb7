"""Where CloudTrail records come from, one source a file. They fetch; core decides what a record is."""
