"""The benchmarking matrix: mechanisms scored on pillars, their totals, ranks and how much the weights decide."""

import math
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis.errors import DataRejected

EQUAL = 1.0
DRAWS, SEED = 20_000, 2022


@dataclass(frozen=True)
class Mechanism:
    """One coordination mechanism: its score by pillar (None: not scored) and the total that was printed."""

    name: str
    scores: Mapping[str, float | None]
    printed: float | None = None


@dataclass(frozen=True)
class Misprint:
    """A printed total that is not the sum of the printed scores."""

    mechanism: str
    scores: tuple[float, ...]
    printed: float
    computed: float


@dataclass(frozen=True)
class Matrix:
    """Mechanisms by pillars, as announced; a pillar may turn out to be scored for nobody."""

    name: str
    pillars: tuple[str, ...]
    mechanisms: tuple[Mechanism, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Announced pillars that no mechanism is scored on."""
        return tuple(p for p in self.pillars if all(m.scores.get(p) is None for m in self.mechanisms))

    @property
    def scored(self) -> tuple[str, ...]:
        """The pillars that count."""
        return tuple(pillar for pillar in self.pillars if pillar not in self.missing)

    @property
    def gaps(self) -> dict[str, tuple[str, ...]]:
        """Mechanisms without a score on a pillar that counts: they have no comparable total and no rank."""
        found = {m.name: tuple(p for p in self.scored if m.scores.get(p) is None) for m in self.mechanisms}
        return {name: pillars for name, pillars in found.items() if pillars}

    @property
    def misprints(self) -> tuple[Misprint, ...]:
        """The printed totals that are not the sum of the scores."""
        totals = self.totals()
        return tuple(
            Misprint(m.name, tuple(self._row(m)), m.printed, totals[m.name])
            for m in self.mechanisms
            if m.printed is not None and m.name in totals and totals[m.name] != m.printed
        )

    def totals(self, weights: Mapping[str, float] | None = None) -> dict[str, float]:
        """Weighted sums of the scores, by mechanism; without `weights` each pillar counts once, as printed.

        Raises
        ------
        DataRejected
            A weight is negative or not finite, or names a pillar that is not scored.
        """
        given = {} if weights is None else dict(weights)
        for pillar, weight in given.items():
            if pillar not in self.scored or not (math.isfinite(weight) and weight >= 0):
                must = f"0 or more, on one of {', '.join(self.scored)}"
                raise DataRejected("a weight", must=must, found={pillar: weight}, where=self.name)
        each = [EQUAL if weights is None else given.get(pillar, 0.0) for pillar in self.scored]
        return {m.name: sum(map(operator.mul, each, self._row(m))) for m in self._comparable}

    def ranks(self, weights: Mapping[str, float] | None = None) -> dict[str, int]:
        """Places by total, equal totals sharing the better place (1, 2, 2, 4)."""
        return places(self.totals(weights))

    def winners(self, weights: Mapping[str, float] | None = None) -> tuple[str, ...]:
        """Who comes first, ties included."""
        return tuple(name for name, rank in self.ranks(weights).items() if rank == 1)

    def printed_winners(self) -> tuple[str, ...]:
        """Who comes first by the printed totals."""
        ranks = places({m.name: m.printed for m in self.mechanisms if m.printed is not None})
        return tuple(name for name, rank in ranks.items() if rank == 1)

    @property
    def _comparable(self) -> tuple[Mechanism, ...]:
        return tuple(m for m in self.mechanisms if m.name not in self.gaps)

    def _row(self, mechanism: Mechanism) -> list[float]:
        return [score for pillar in self.scored if (score := mechanism.scores.get(pillar)) is not None]


@dataclass(frozen=True)
class Robustness:
    """How a mechanism fares when the weights are anyone's guess.

    `first` is the share of all weightings that put it on top (ties count for each), `std_error` the simulation's own
    error of that share. `beaten_by` is exact: who scores at least as high on every pillar and higher on one, so that
    no weighting with a positive weight on each pillar puts the mechanism first. `always_first` is exact too: nobody
    scores higher on any pillar.
    """

    mechanism: str
    first: float
    std_error: float
    best_rank: int
    worst_rank: int
    beaten_by: tuple[str, ...]
    always_first: bool


def robustness(matrix: Matrix, *, draws: int = DRAWS, seed: int = SEED) -> tuple[Robustness, ...]:
    """How often each mechanism stays on top under all weights.

    Parameters
    ----------
    matrix
        The scores; mechanisms with a gap are left out.
    draws
        Weightings drawn uniformly from the simplex of the pillars that count: Dirichlet(1, …, 1).
    seed
        Of the draws, so that the same matrix gives the same shares.

    Returns
    -------
    tuple of Robustness
        In the order of the matrix. Ranks are the best and the worst among the draws.

    Notes
    -----
    Weights multiply points as they are printed; a pillar with a wider range therefore moves the order more. Uniform
    weights on the simplex as "all weights" follow Lahdelma & Salminen's acceptability analysis (SMAA-2, 2001).
    """
    import numpy as np

    names = list(matrix.totals())
    rows = {m.name: matrix._row(m) for m in matrix.mechanisms if m.name in names}
    if not names:
        raise DataRejected("the matrix", must="scored for one mechanism or more", where=matrix.name)
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(matrix.scored)), draws)
    # Rounded, so that a tie stays a tie whatever the order of summation.
    scores = np.round(weights @ np.array([rows[name] for name in names]).T, 12)
    first = (scores == scores.max(axis=1, keepdims=True)).mean(axis=0)
    ranks = np.column_stack([(scores > scores[:, [k]]).sum(axis=1) + 1 for k in range(len(names))])
    return tuple(
        Robustness(
            mechanism=name,
            first=float(first[k]),
            std_error=float(np.sqrt(first[k] * (1 - first[k]) / draws)),
            best_rank=int(ranks[:, k].min()),
            worst_rank=int(ranks[:, k].max()),
            beaten_by=tuple(other for other in names if _dominates(rows[other], rows[name])),
            always_first=all(_at_least(rows[name], rows[other]) for other in names),
        )
        for k, name in enumerate(names)
    )


def read_matrix(name: str, rows: Iterable[Mapping[str, object]], pillars: Sequence[str]) -> Matrix:
    """A matrix from rows with the columns `mechanism`, the pillars and `overall_printed`; empty cells are not scored.

    Raises
    ------
    DataRejected
        A score is no number, a mechanism occurs twice or there is none.
    """
    mechanisms = []
    for row in rows:
        where = f"{name}, {row['mechanism']}"
        scores = {pillar: _score(row.get(pillar), pillar, where) for pillar in pillars}
        printed = _score(row.get("overall_printed"), "overall_printed", where)
        mechanisms.append(Mechanism(str(row["mechanism"]), scores, printed))
    names = [mechanism.name for mechanism in mechanisms]
    if len(set(names)) != len(names) or not names:
        twice = sorted({entry for entry in names if names.count(entry) > 1})
        raise DataRejected("the mechanisms", must="one or more, each once", found=twice, where=name)
    return Matrix(name, tuple(pillars), tuple(mechanisms))


def places(totals: Mapping[str, float]) -> dict[str, int]:
    """Competition ranks, the highest total first; equal totals share the better place."""
    return {name: 1 + sum(other > total for other in totals.values()) for name, total in totals.items()}


def _score(cell: object, column: str, where: str) -> float | None:
    text = "" if cell is None else str(cell).strip()
    if text in {"", "nan", "<NA>", "None"}:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise DataRejected(f"the column {column}", must="a number or empty", found=text, where=where) from error


def _at_least(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True))


def _dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    return _at_least(one, other) and list(one) != list(other)
