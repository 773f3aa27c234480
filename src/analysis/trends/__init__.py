"""What is true now and what changed: pure functions over frames of observations, many series at once."""

from analysis.trends.accounting import Identity, identities
from analysis.trends.alerts import alerts, benjamini_hochberg
from analysis.trends.alignment import align
from analysis.trends.backtest import backtest, scores
from analysis.trends.balance import Balance, balance
from analysis.trends.breakdates import Breakpoints, breakpoints
from analysis.trends.breaks import drops, flagged_breaks, unflagged_drops
from analysis.trends.change import change, rates
from analysis.trends.completeness import completeness, gaps
from analysis.trends.control import xmr
from analysis.trends.delay import Nowcast, nowcast, revision_triangle
from analysis.trends.disparities import GroupGaps, group_gaps, widening
from analysis.trends.joinpoints import Joinpoint, joinpoint
from analysis.trends.reached import against_targets
from analysis.trends.seasons import decompose
from analysis.trends.smallareas import SmallAreas, fay_herriot
from analysis.trends.structural import StructuralLevel, structural_level

__all__ = [
    "Balance",
    "Breakpoints",
    "GroupGaps",
    "Identity",
    "Joinpoint",
    "Nowcast",
    "SmallAreas",
    "StructuralLevel",
    "against_targets",
    "alerts",
    "align",
    "backtest",
    "balance",
    "benjamini_hochberg",
    "breakpoints",
    "change",
    "completeness",
    "decompose",
    "drops",
    "fay_herriot",
    "flagged_breaks",
    "gaps",
    "group_gaps",
    "identities",
    "joinpoint",
    "nowcast",
    "rates",
    "revision_triangle",
    "scores",
    "structural_level",
    "unflagged_drops",
    "widening",
    "xmr",
]
