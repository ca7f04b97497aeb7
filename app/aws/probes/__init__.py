"""One service a file: PROBES has the cheapest harmless call for each IAM action that kvswatch asks for."""
