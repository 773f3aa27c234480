"""Numbers that are shown: identified, recorded, and traced back to the cells that they came from."""

from analysis.evidence.record import Evidence, Lineage, Register, record
from analysis.evidence.trace import Origin, trace
from analysis.evidence.trail import trail

__all__ = ["Evidence", "Lineage", "Origin", "Register", "record", "trace", "trail"]
