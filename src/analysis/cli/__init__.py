"""The `monitor` command: words in, exit code out."""

import os
import sys
from collections.abc import Sequence

from analysis.cli.arguments import parse
from analysis.errors import MonitorError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; a known error is one line on standard error and its own exit code."""
    options = parse(argv)
    from analysis.cli import commands

    try:
        return int(getattr(commands, options.command.replace("-", "_"))(options))
    except MonitorError as error:
        if options.debug:
            raise
        print(f"monitor {options.command}: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read the answer has seen enough; without this the interpreter complains once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(f"monitor {options.command}: interrupted; nothing half-written is left", file=sys.stderr)
        return 130
