"""Results that the pages of one run share: the first page that needs one computes it, the others read it."""

import hashlib
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from analysis.store.atomic import write_atomically

FOLDER = "MONITOR_SHARED"  # the environment hands the folder on to workers and kernels
T = TypeVar("T")


@contextmanager
def sharing(folder: Path) -> Iterator[None]:
    """While it lasts, `shared` keeps results in `folder`, here and in the processes started meanwhile.

    The folder is emptied before and after: data, code and catalogue must not change as long as it lasts.
    """
    shutil.rmtree(folder, ignore_errors=True)
    os.environ[FOLDER] = str(folder.resolve())
    try:
        yield
    finally:
        del os.environ[FOLDER]
        shutil.rmtree(folder, ignore_errors=True)


def shared(key: tuple[object, ...], compute: Callable[[], T], worth: Callable[[T], bool] = lambda result: True) -> T:
    """The result of `compute`, which is the same for the same `key` (by its `repr`); outside `sharing` just that.

    Each caller has a copy of its own. What is not `worth` keeping is computed each time.
    """
    if FOLDER not in os.environ:
        return compute()
    path = Path(os.environ[FOLDER]) / hashlib.sha256(repr(key).encode()).hexdigest()
    if path.is_file():
        found: T = pickle.loads(path.read_bytes())
        return found
    result = compute()
    if worth(result):
        write_atomically(path, pickle.dumps(result))
    return result
