"""A panel made ready for a comparison: units by periods, controls first, one common onset, every handling counted."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.effects.series import Floats, Integers, OrderedSeries, check_named, numbers_of, ordered_series
from analysis.errors import DataRejected, UsageError


@dataclass(frozen=True, eq=False)
class TreatedBlock:
    """`outcomes` is units x periods without a gap: `n_controls` rows of controls, then the treated rows.

    The first `n_pre` columns lie before the onset. `position` counts periods from the first one. `traits` is empty, or
    units x periods x predictors.
    """

    outcomes: Floats
    units: pd.Index
    times: pd.Index
    position: Integers
    n_controls: int
    n_pre: int
    warnings: tuple[str, ...] = ()
    traits: Floats = field(default_factory=lambda: np.empty((0, 0, 0)))

    @property
    def n_treated(self) -> int:
        """How many units are treated."""
        return len(self.units) - self.n_controls

    @property
    def n_post(self) -> int:
        """How many periods lie at the onset or after it."""
        return int(self.outcomes.shape[1]) - self.n_pre

    @property
    def controls(self) -> Floats:
        """Outcomes of the controls, n_controls x periods."""
        return self.outcomes[: self.n_controls]

    @property
    def treated_mean(self) -> Floats:
        """The mean outcome of the treated units, by period."""
        return np.asarray(self.outcomes[self.n_controls :].mean(axis=0))

    def as_treated(self, rows: Iterable[int]) -> "TreatedBlock":
        """The controls alone, with the controls numbered `rows` put in the place of the treated units."""
        chosen = list(rows)
        rest = [i for i in range(self.n_controls) if i not in set(chosen)]
        return replace(self._rows(np.array(rest + chosen, dtype=int)), n_controls=len(rest))

    def without_control(self, row: int) -> "TreatedBlock":
        """The same comparison without the control numbered `row`."""
        return replace(self._rows(np.delete(np.arange(len(self.units)), row)), n_controls=self.n_controls - 1)

    def _rows(self, kept: Integers) -> "TreatedBlock":
        traits = self.traits[kept] if self.traits.size else self.traits
        return replace(self, outcomes=self.outcomes[kept], units=self.units[kept], traits=traits)

    def before_onset(self, n_pre: int) -> "TreatedBlock":
        """The periods before the onset only, with an onset put after the first `n_pre` of them."""
        span = slice(None, self.n_pre)
        return replace(
            self,
            outcomes=self.outcomes[:, span],
            times=self.times[span],
            position=self.position[span],
            n_pre=n_pre,
            traits=self.traits[:, span],
        )


def treated_block(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    treated: object,
    onset: object = None,
    predictors: Iterable[str] = (),
) -> TreatedBlock:
    """Check a panel and lay it out.

    Parameters
    ----------
    frame : one row a unit and period (long format).
    unit, time, outcome : columns; `time` holds evenly spaced dates or numbers, `outcome` numbers in any unit.
    treated : a unit, several units, or the name of a column of 0 and 1 that is 1 from the onset on in treated units.
    onset : the first treated period (comparable with `time`); may be left out where `treated` is a column.
    predictors : numeric columns, kept as `traits`.

    Raises
    ------
    UsageError : a column, a treated unit or the onset is unknown; the column `treated` disagrees with `onset`.
    DataRejected : duplicate keys, text or infinite outcomes, text dates, a treated unit that lacks a period, treatment
        that switches off or starts at several dates, no control with every period, nothing before or after the onset,
        an outcome that never changes, a predictor with a hole before the onset or the same in every unit.

    Controls that lack a period are left out as a whole and named in `warnings`.
    """
    names = list(predictors)
    check_named(frame, (unit, time, outcome, *names))
    _check_keys(frame, unit, time)
    wide = frame.pivot(index=unit, columns=time, values=outcome)
    if isinstance(treated, str) and treated in frame.columns:
        units, onset = _from_column(frame, unit, time, treated, onset)
    else:
        units = _labels(treated, wide.index, unit)
    calendar = _calendar(wide, frame, time, outcome, onset)
    n_pre = _periods_before(calendar, onset, time)
    is_treated = wide.index.isin(units)
    values = wide.to_numpy(dtype=float)
    gaps = np.isnan(values).any(axis=1)
    _check_whole(wide[is_treated], time)
    warnings = _left_out(wide.index[gaps])
    controls, chosen = np.flatnonzero(~is_treated & ~gaps), np.flatnonzero(is_treated)
    if not len(controls):
        why = "Every unit is treated." if is_treated.all() else "Every untreated unit lacks a period."
        raise DataRejected("the controls", must="at least one untreated unit with every period", found=0, mend=why)
    order = np.r_[controls, chosen]
    if np.ptp(values[order], axis=1).max() <= 1e-12 * max(1.0, float(np.abs(values[order]).max())):
        raise DataRejected("the outcome", must="varying over time in at least one unit", found="zero variance")
    traits = _traits(frame, unit, time, names, wide)[order]
    _check_traits(traits[:, :n_pre], names, wide.index[order])
    return TreatedBlock(
        values[order], wide.index[order], calendar.times, calendar.position, len(controls), n_pre, warnings, traits
    )


def _traits(frame: pd.DataFrame, unit: str, time: str, names: list[str], like: pd.DataFrame) -> Floats:
    """The columns `names` laid out as `like` (units x periods), x columns."""
    laid = np.empty((*like.shape, len(names)))
    for k, name in enumerate(names):
        one = frame.assign(**{name: numbers_of(frame[name], name)}).pivot(index=unit, columns=time, values=name)
        laid[:, :, k] = one.to_numpy(dtype=float)
    return laid


def _check_traits(before: Floats, names: list[str], units: pd.Index) -> None:
    for k, name in enumerate(names):
        holes = np.isnan(before[:, :, k]).any(axis=1)
        if holes.any():
            raise DataRejected(
                f"the predictor {name}",
                must="filled in every unit and period before the onset",
                found=f"a hole in {units[int(holes.argmax())]}",
                mend="Where it is known in some periods only, give their mean in all of them.",
            )
        if np.ptp(before[:, :, k].mean(axis=1)) == 0:
            raise DataRejected(f"the predictor {name}", must="not the same in every unit")


def cluster_blocks(block: TreatedBlock, frame: pd.DataFrame, unit: str, cluster: str | None) -> TreatedBlock:
    """The same comparison of clusters, each the plain mean of its units."""
    if cluster is None:
        return block
    check_named(frame, [cluster])
    groups = frame.groupby(unit)[cluster].agg(["nunique", "first"])
    if (groups["nunique"] != 1).any():
        raise UsageError(cluster, must=f"one value in each {unit}", found=str(groups.index[groups["nunique"] != 1][0]))
    names = groups["first"].loc[block.units].to_numpy()
    status = pd.Series(np.arange(len(block.units)) >= block.n_controls).groupby(names)
    if (status.nunique() > 1).any():
        raise UsageError(cluster, must="the level of assignment: wholly treated or wholly not")
    means = pd.DataFrame(block.outcomes).groupby(names).mean()
    treated = status.first().loc[means.index].to_numpy(dtype=bool)
    order = np.r_[np.flatnonzero(~treated), np.flatnonzero(treated)]
    return TreatedBlock(
        means.to_numpy(dtype=float)[order],
        means.index[order],
        block.times,
        block.position,
        int((~treated).sum()),
        block.n_pre,
        block.warnings,
    )


def _check_keys(frame: pd.DataFrame, unit: str, time: str) -> None:
    if frame.empty:
        raise DataRejected("the panel", must="at least one row", found=0)
    for name in (unit, time):
        if frame[name].isna().any():
            raise DataRejected(name, must="filled in every row", found=f"{int(frame[name].isna().sum())} empty")
    twice = frame.duplicated([unit, time])
    if twice.any():
        first = frame.loc[twice, [unit, time]].iloc[0]
        raise DataRejected(
            f"{unit} and {time}", must="one row a pair", found=f"{int(twice.sum())} repeated, the first {tuple(first)}"
        )


def _calendar(wide: pd.DataFrame, frame: pd.DataFrame, time: str, outcome: str, onset: object) -> OrderedSeries:
    if onset is None:
        raise UsageError("the onset", must="given where the treated units are named")
    if pd.api.types.is_bool_dtype(frame[outcome]):
        raise DataRejected(outcome, must="numeric", found=str(frame[outcome].iloc[0]))
    if np.isnan(numbers_of(frame[outcome], outcome)).all():
        raise DataRejected("the outcome", must="present in at least one row", found=f"{len(frame)} empty")
    stamps = pd.Series(wide.columns)
    calendar = ordered_series(pd.DataFrame({time: stamps, outcome: np.zeros(len(stamps))}), time, outcome, onset)
    if calendar.n_absent:
        raise DataRejected(
            f"{calendar.n_absent} periods of {time}", must="present in the panel", mend="Add the rows or shorten it."
        )
    return calendar


def _labels(treated: object, index: pd.Index, unit: str) -> list[object]:
    several = isinstance(treated, Iterable) and not isinstance(treated, str)
    labels = list(treated) if several else [treated]  # type: ignore[call-overload]
    unknown = [label for label in labels if label not in index]
    if unknown or not labels:
        raise UsageError(
            "the treated units", must=f"units of {unit} or a column of 0 and 1", found=unknown[0] if unknown else None
        )
    return labels


def _from_column(frame: pd.DataFrame, unit: str, time: str, treated: str, onset: object) -> tuple[list[object], object]:
    if frame[treated].isna().any():
        raise DataRejected(treated, must="filled in every row", found=f"{int(frame[treated].isna().sum())} empty")
    status = frame.assign(**{treated: numbers_of(frame[treated], treated)}).pivot(
        index=unit, columns=time, values=treated
    )
    values = status.to_numpy(dtype=float)
    if not np.isin(values[~np.isnan(values)], (0.0, 1.0)).all():
        raise DataRejected(treated, must="0 or 1 in every row")
    ever = (values == 1).any(axis=1)
    if not ever.any():
        raise DataRejected(treated, must="1 for at least one unit", found=0)
    for name, row in zip(status.index[ever], values[ever], strict=True):
        if (np.diff(row[~np.isnan(row)]) < 0).any():
            raise DataRejected(f"{treated} of {name}", must="1 ever after it is 1", found="it switches off")
    _check_whole(status[ever], time)
    starts = sorted({status.columns[int((row == 1).argmax())] for row in values[ever]})
    if len(starts) > 1:
        raise DataRejected(
            treated,
            must="1 from one common date on",
            found=f"{len(starts)} dates",
            mend="Use a staggered estimator (callaway_santanna), or one cohort at a time.",
        )
    if onset is not None and _same_kind(onset, starts[0]) != starts[0]:
        raise UsageError("the onset", must=f"{starts[0]} as the column {treated} says", found=onset)
    return list(status.index[ever]), starts[0]


def _same_kind(onset: object, like: object) -> object:
    """An onset given as text or a plain date, as the dates or periods of the panel are; anything else as it is."""
    try:
        if isinstance(like, pd.Timestamp) and not isinstance(onset, int | float | np.number):
            return onset.start_time if isinstance(onset, pd.Period) else pd.Timestamp(onset)  # type: ignore[arg-type]
        if isinstance(like, pd.Period) and isinstance(onset, str):
            return pd.Period(onset, freq=like.freqstr)
    except (TypeError, ValueError):
        return onset
    return onset


def _periods_before(calendar: OrderedSeries, onset: object, time: str) -> int:
    n_pre, n = int((calendar.position < calendar.onset).sum()), len(calendar.times)
    if 0 < n_pre < n:
        return n_pre
    side = "before it" if n_pre == 0 else "from it on"
    raise DataRejected(
        f"onset {onset}",
        must=f"inside the periods of {time}, after the first one",
        mend=f"None of the {n} periods lies {side}, so nothing can be compared over time.",
    )


def _check_whole(treated: pd.DataFrame, time: str) -> None:
    """Refuse treated units (units x periods) that lack a period."""
    absent = treated.isna().sum(axis=1)
    if (absent > 0).any():
        raise DataRejected(
            f"treated unit {absent[absent > 0].index[0]}",
            must=f"observed in every period of {time}",
            found=f"absent or empty in {absent[absent > 0].iloc[0]} of {treated.shape[1]}",
            mend="Leave out those periods for all units; imputation_did takes panels with holes.",
        )


def _left_out(units: pd.Index) -> tuple[str, ...]:
    if not len(units):
        return ()
    names = ", ".join(map(str, units))
    return (f"{len(units)} controls lack a period and were left out: {names}.",)
