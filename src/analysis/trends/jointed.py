"""The continuous line of straight pieces with the least squares over all places of its joints, by enumeration."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.trends.intervals import Floats

Ints: TypeAlias = npt.NDArray[np.int64]
Types: TypeAlias = tuple[bool, ...]  # per joint: between two values (True), or at one

SHORTEST = 3  # values of a piece, those at its joints included
CHUNK = 2_000_000  # numbers of a batch of fits


@dataclass(frozen=True)
class Jointed:
    """The best fit of each of S series: `ssr` (S), `joints` (S x k, on the scale of t; NaN where none is possible)."""

    ssr: Floats
    joints: Floats


def best_joints(t: Floats, y: Floats, weights: Floats, joints: int, *, between: bool = True) -> Jointed:
    """The global optimum for a number of joints, for many series on the same places at once.

    Parameters
    ----------
    t : n rising places. y : n x S values, no NaN. weights : n, positive.
    joints : how many; between : whether joints may lie between two values (else only at one).

    A joint strictly between two values leaves both its lines free (it is where they cross), one at a value ties them;
    so every optimum is the free optimum of one arrangement of such joints, and the least one whose crossings fall where
    they must is the global optimum. Source: Hudson (1966), Journal of the American Statistical Association 61.
    """
    n, series = y.shape
    best, places = np.full(series, np.inf), np.full((series, joints), np.nan)
    moments = _Moments.of(t, y, weights)
    if joints == 0:
        ssr, _ = moments.fit(np.zeros((1, 0), dtype=np.int64), ())
        return Jointed(ssr[0], places)
    for types in itertools.product((False, True), repeat=joints) if between else [(False,) * joints]:
        width = 2 + joints + sum(types)
        for cuts in _arrangements(n, types, max(CHUNK // (width * max(series, width)), 1)):
            ssr, coefficients = moments.fit(cuts, types)
            found = _joints(t, cuts, types, coefficients)
            ssr = np.where(np.isnan(found).any(axis=1), np.inf, ssr)
            row = np.argmin(ssr, axis=0)
            least = ssr[row, np.arange(series)]
            better = least < best
            best = np.where(better, least, best)
            places[better] = found[row, :, np.arange(series)][better]
    return Jointed(best, places)


@dataclass(frozen=True)
class _Moments:
    """Weighted sums over the values after each place: of t^0..t^2 (n x 3), of y and t y (n x 2 x S), of y^2 (S)."""

    t: Floats
    powers: Floats
    products: Floats
    squares: Floats

    @classmethod
    def of(cls, t: Floats, y: Floats, weights: Floats) -> "_Moments":
        powers = weights[:, None] * t[:, None] ** np.arange(3)
        products = (weights[:, None] * np.column_stack([np.ones_like(t), t]))[:, :, None] * y[:, None, :]
        return cls(t, _after(powers), _after(products), (weights[:, None] * y**2).sum(axis=0))

    def fit(self, cuts: Ints, types: Types) -> tuple[Floats, Floats]:
        """Sums of squares (m x S) and coefficients (m x p x S) of m arrangements of joints of the same types.

        Columns: 1 and t, then per joint a bend, and before it a jump where the joint lies between two values.
        """
        places = [np.zeros(len(cuts), dtype=np.int64)] * 2 + [
            cuts[:, i] + 1 for i, free in enumerate(types) for _ in range(1 + free)
        ]
        origins = [np.zeros(len(cuts))] * 2 + [
            self.t[cuts[:, i]] for i, free in enumerate(types) for _ in range(1 + free)
        ]
        bends = [False, True] + [bend for free in types for bend in ((False, True) if free else (True,))]
        p = len(places)
        gram = np.empty((len(cuts), p, p))
        right = np.empty((len(cuts), p, self.products.shape[2]))
        for i in range(p):
            sums = self.products[places[i]]
            right[:, i] = sums[:, 1] - origins[i][:, None] * sums[:, 0] if bends[i] else sums[:, 0]
            for j in range(i, p):
                s = self.powers[np.maximum(places[i], places[j])]
                gram[:, i, j] = gram[:, j, i] = _product(s, bends[i], origins[i], bends[j], origins[j])
        coefficients = np.linalg.solve(gram, right)
        ssr: Floats = np.maximum(self.squares - np.einsum("mps,mps->ms", coefficients, right), 0.0).astype(np.float64)
        return ssr, coefficients.astype(np.float64)


def _product(s: Floats, bend: bool, origin: Floats, other_bend: bool, other: Floats) -> Floats:
    """Sum of the product of two columns, each 1 or (t - origin), over the values that `s` sums."""
    if bend and other_bend:
        both: Floats = s[:, 2] - (origin + other) * s[:, 1] + origin * other * s[:, 0]
        return both
    if bend or other_bend:
        one: Floats = s[:, 1] - (origin if bend else other) * s[:, 0]
        return one
    return s[:, 0]


def _after(values: Floats) -> Floats:
    """Row i: the sum of rows i, i + 1, ...; one more row than there are, of zeros."""
    sums = np.cumsum(values[::-1], axis=0)[::-1]
    return np.concatenate([sums, np.zeros((1, *values.shape[1:]))])


def _arrangements(n: int, types: Types, size: int) -> Iterator[Ints]:
    """Batches (m x joints) of the value that each joint lies at or, if free, right after; pieces long enough."""
    joints = len(types)
    rows = itertools.combinations(range(n - 2 * SHORTEST - joints + 3), joints) if n >= 2 * SHORTEST else iter(())
    while batch := list(itertools.islice(rows, size)):
        cuts = np.array(batch, dtype=np.int64) + SHORTEST - 1 + np.arange(joints)
        if len(kept := cuts[_long_enough(cuts, types, n)]):
            yield kept


def _long_enough(cuts: Ints, types: Types, n: int) -> npt.NDArray[np.bool_]:
    """Whether every piece holds `SHORTEST` values, where one at a joint counts for the piece that needs it."""
    ends, fits = np.full(len(cuts), -1), np.ones(len(cuts), dtype=bool)
    for i, free in enumerate(types):
        ends = np.maximum(ends + SHORTEST, cuts[:, i] - (not free))
        fits &= ends <= cuts[:, i]
    return fits & (ends <= n - 1 - SHORTEST)


def _joints(t: Floats, cuts: Ints, types: Types, coefficients: Floats) -> Floats:
    """Where the lines meet (m x k x S); NaN where they do not meet between the two values they must."""
    found = np.empty((*cuts.shape, coefficients.shape[2]))
    column = 2
    for i, free in enumerate(types):
        at = t[cuts[:, i]][:, None]
        if not free:
            found[:, i] = at
            column += 1
            continue
        jump, bend = coefficients[:, column], coefficients[:, column + 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            place = at - jump / bend
        found[:, i] = np.where((place > at) & (place < t[cuts[:, i] + 1][:, None]), place, np.nan)
        column += 2
    return found


def line(t: Floats, y: Floats, weights: Floats, joints: Floats) -> Any:
    """Level, slope and bends (2 + k) of the best continuous line with its joints given."""
    root = np.sqrt(weights)
    design = np.column_stack([np.ones_like(t), t, *(np.maximum(t - place, 0.0) for place in joints)])
    return np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
