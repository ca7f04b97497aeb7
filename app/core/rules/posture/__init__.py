"""Rules over what is: settings, policies and grants. A file is a rule, and its name is the rule's id."""
