"""How much memory a measurement took."""

import re
import resource
from pathlib import Path


def peak_megabytes() -> float:
    """Return the most that this process ever held at once (MB of 2^20 bytes).

    `ru_maxrss` begins with what the process that made this one held (getrusage(2): it is kept over execve), which here
    has all measurements in it; Linux tells that of this one's own memory as VmHWM (proc_pid_status(5)).
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found, "Linux tells VmHWM of every process that has memory"
    return int(found[1]) / 1024
