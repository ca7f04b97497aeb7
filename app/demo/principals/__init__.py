"""Who is in an account: one file a kind of principal, as they are found in life."""
