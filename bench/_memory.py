"""How much memory a measurement took."""

import resource


def peak_megabytes() -> float:
    """Return the most that this process ever held at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
