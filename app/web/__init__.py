"""The pages: HTML rendered on the server, read from Postgres, working without JavaScript."""
