"""How a run shows itself: a bar with page names on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from analysis.run.page import PageResult
from analysis.run.report import Listener


@contextmanager
def open_progress(stream: TextIO) -> Iterator[Listener]:
    """A listener that writes to `stream`."""
    if not stream.isatty():
        yield _plain(stream)
        return
    from tqdm import tqdm

    with tqdm(file=stream, unit="page", leave=False, dynamic_ncols=True) as bar:

        def page(result: PageResult, done: int, total: int) -> None:
            bar.total = total
            bar.set_description(result.job.name, refresh=False)
            bar.update(done - bar.n)
            if result.state == "failed":
                bar.write(f"failed {result.job.name}: {result.error}", file=stream)

        yield Listener(say=lambda line: bar.write(line, file=stream), page=page)


def _plain(stream: TextIO) -> Listener:
    def say(line: str) -> None:
        print(line, file=stream, flush=True)

    def page(result: PageResult, done: int, total: int) -> None:
        say(f"[{done}/{total}] {result.job.name}: {result.state} in {result.seconds:.1f} s")

    return Listener(say=say, page=page)
