"""The only opener of files under `data/`: bitemporal observations in Parquet, the submission ledger, raw deliveries."""

from analysis.store.atomic import replace_directory, write_atomically
from analysis.store.lock import run_lock
from analysis.store.raw import Delivery
from analysis.store.shared import shared, sharing
from analysis.store.store import Store

__all__ = ["Delivery", "Store", "replace_directory", "run_lock", "shared", "sharing", "write_atomically"]
