"""SQL, one noun a file: functions of a connection that take and return dataclasses, never rows.

What pages read takes the scope of who asks first. What the worker writes and judges has no asker: it takes none.
"""
