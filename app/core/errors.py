"""The tree of kvswatch's own exceptions.

KvswatchError
├── InvalidInput        what was given cannot be used; the message names what, where and what to do
│   └── MalformedPolicy a policy document that is not one
├── CatalogueError      a folder of one-thing-a-file modules holds a module at fault
└── CouldNotLook        a part of the world could not be read: never the same as "there is nothing"

An answer of the domain (denied, conditional, not observable) is a value and never an exception.
"""


class KvswatchError(Exception):
    """An error whose message is written for the person who runs kvswatch."""


class InvalidInput(KvswatchError):
    """What was given cannot be used."""


class MalformedPolicy(InvalidInput):
    """A policy document does not parse."""


class CatalogueError(KvswatchError):
    """A module of a catalogue folder lacks what the catalogue needs."""


class CouldNotLook(KvswatchError):
    """A part of the world could not be read."""
