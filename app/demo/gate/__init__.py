"""The gate: a WSGI application in front of moto that knows which call it sees, checks it, and adds what moto lacks."""
