"""Calls over time: buckets of a chart, outcomes in words."""
