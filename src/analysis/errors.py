"""What can go wrong, and the exit code that tells a scheduler why."""


class MonitorError(Exception):
    """One line: what, what it must be, what was found, where, how to mend it."""

    exit_code = 1

    def __init__(self, what: str, *, must: str = "", found: object = None, where: str = "", mend: str = "") -> None:
        line = what
        if must:
            line += f" must be {must}"
        if found is not None:
            line += f", not {found!r}" if must else f": {found!r}"
        if where:
            line += f" (in {where})"
        if mend:
            line += f". {mend}"
        super().__init__(" ".join(line.split()))


class UsageError(MonitorError):
    """The command or a parameter is wrong."""

    exit_code = 2


class DataRejected(MonitorError):
    """A file or its rows cannot be accepted."""

    exit_code = 3


class EstimateRefused(MonitorError):
    """The design cannot answer the question that was asked by name."""

    exit_code = 4


class DisclosureClosed(MonitorError):
    """Publishing would harm someone's privacy, or the gate cannot tell."""

    exit_code = 5


class RenderingFailed(MonitorError):
    """A page could not be rendered, or not without a warning that matters."""

    exit_code = 6


class LockHeld(MonitorError):
    """Another run is at work on the same data."""

    exit_code = 7


class ClaimUnsupported(MonitorError):
    """An approved recommendation rests on a claim that no longer holds."""

    exit_code = 8


class CatalogueError(UsageError):
    """A catalogue file breaks its own rules; the person who edits it must mend it."""


class RuleCrashed(MonitorError):
    """A validation rule failed to run: neither passed nor failed, so nothing may go on."""
