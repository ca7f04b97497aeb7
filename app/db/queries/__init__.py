"""SQL, one noun a file: functions of a connection that take and return dataclasses, never rows."""
