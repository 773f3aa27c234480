"""Least squares with errors that hold for few clusters: CR1S, CR2 with Satterthwaite's degrees of freedom, CR3.

Sources: Bell and McCaffrey (2002), Survey Methodology 28(2); Pustejovsky and Tipton (2018), Journal of Business and
Economic Statistics 36(4), with working covariance the identity, as R's clubSandwich; MacKinnon, Nielsen and Webb
(2023), Journal of Applied Econometrics 38(5) for the jackknife.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.effects.series import Floats, Integers
from analysis.errors import DataRejected

COLLINEAR = 1e-9
VANISHED = 1e-10
INVARIANT = 1e-12
LARGEST_CLUSTER = 3_000


@dataclass(frozen=True, eq=False)
class Design:
    """A regression ready for clustered inference; rows lie cluster after cluster.

    `y` (n) and `x` (n x k, the treatment last) are free of the absorbed factor and multiplied by the square root of the
    `weights`; `inverse` (k x k) is that of the triangle of x. `starts` says where each cluster begins. `rank` counts
    all coefficients, those absorbed too; `dropped` lists the columns given that are collinear with those before them.
    """

    y: Floats
    x: Floats
    inverse: Floats
    weights: Floats
    starts: Integers
    rank: int
    dropped: tuple[int, ...]
    absorbed: int

    @property
    def n_clusters(self) -> int:
        """How many clusters there are."""
        return len(self.starts)

    def slices(self) -> list[slice]:
        """The rows of each cluster."""
        ends = [*self.starts[1:], len(self.y)]
        return [slice(int(a), int(b)) for a, b in zip(self.starts, ends, strict=True)]

    def sums(self, rows: Floats) -> Floats:
        """Rows added up within clusters."""
        return np.asarray(np.add.reduceat(rows, self.starts, axis=0))


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients, the inverse cross-product and residuals of a design (rows multiplied as the design's)."""

    design: Design
    beta: Floats
    bread: Floats
    residuals: Floats

    @property
    def estimate(self) -> float:
        """The coefficient of the treatment."""
        return float(self.beta[-1])

    @property
    def own_variation(self) -> Floats:
        """The treatment freed of all other columns (Frisch, Waugh and Lovell)."""
        return np.asarray(self.design.x @ (self.bread[:, -1] / self.bread[-1, -1]))


@dataclass(frozen=True)
class ClusterError:
    """A standard error and the degrees of freedom of its t."""

    kind: str
    std_error: float
    df: float

    def interval(self, estimate: float, level: float = 0.95) -> tuple[float, float, float, float]:
        """t statistic, ends of the interval, p-value; NaN where there is no standard error."""
        if not self.std_error > 0 or not self.df > 0:
            return (float("nan"),) * 4
        t = estimate / self.std_error
        half = float(stats.t.ppf(0.5 + level / 2, self.df)) * self.std_error
        return t, estimate - half, estimate + half, float(2 * stats.t.sf(abs(t), self.df))


def prepare(
    y: Floats, x: Floats, weights: Floats, clusters: Integers, nested: Integers | None, dummies: list[Integers]
) -> Design:
    """Order rows by cluster, absorb the `nested` factor, add `dummies` of the others, drop what is collinear.

    `x` (n x m) holds covariates and the treatment, last. `nested` numbers the levels of a factor, each of which lies
    within one cluster; without it a constant is added.
    """
    order = np.argsort(clusters, kind="stable") if nested is None else np.lexsort((nested, clusters))
    columns = [np.ones((len(y), 1))] if nested is None else []
    for codes in dummies:
        columns.append((codes[:, None] == np.arange(1, int(codes.max()) + 1)).astype(float))
    full = np.column_stack([*columns, x])[order]
    w, response = weights[order], y[order]
    root = np.sqrt(w)
    size = np.sqrt((w[:, None] * full**2).sum(axis=0))
    absorbed = 0
    if nested is not None:
        codes = nested[order]
        absorbed = int(codes.max()) + 1
        full, response = _demean(full, codes, w), _demean(response[:, None], codes, w)[:, 0]
    full, response = full * root[:, None], response * root
    keep, inverse = _independent(full, size)
    if not keep[-1]:
        raise DataRejected(
            "the treatment", must="varying once the fixed effects and covariates are taken out", found="collinear"
        )
    first = full.shape[1] - x.shape[1]
    dropped = tuple(int(k - first) for k in np.flatnonzero(~keep) if k >= first)
    starts = np.searchsorted(clusters[order], np.arange(int(clusters.max()) + 1))
    kept = full if keep.all() else full[:, keep]
    return Design(response, kept, inverse, w, starts, int(keep.sum()) + absorbed, dropped, absorbed)


def _demean(rows: Floats, codes: Integers, w: Floats) -> Floats:
    """Rows less the weighted mean of their level; rows of a level lie together."""
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    totals = np.add.reduceat(w, starts)
    means = np.add.reduceat(w[:, None] * rows, starts, axis=0) / totals[:, None]
    return np.asarray(rows - np.repeat(means, np.diff(np.append(starts, len(codes))), axis=0))


def _independent(x: Floats, size: Floats) -> tuple[np.ndarray, Floats]:
    """Which columns do not depend on those before them, and the inverse of their triangle.

    `size` is the length of each column before absorption.
    """
    scale = np.where(size == 0, 1.0, size)
    r = np.asarray(np.linalg.qr(x / scale, mode="r"))
    left = np.zeros(x.shape[1])
    left[: len(r)] = np.abs(np.diag(r))
    keep = left > COLLINEAR
    triangle = r if keep.all() else np.asarray(np.linalg.qr(r[:, keep], mode="r"))
    return keep, np.linalg.inv(triangle) / scale[keep][:, None]


def fit(design: Design) -> Fit:
    """Least squares by corrected seminormal equations (Björck 1987): one triangle, as exact as its factorisation."""
    if len(design.y) <= design.rank:
        raise DataRejected("the regression", must="of more rows than coefficients", found=len(design.y))
    bread = design.inverse @ design.inverse.T
    beta = np.zeros(design.x.shape[1])
    for _ in range(3):
        beta = beta + bread @ (design.x.T @ (design.y - design.x @ beta))
    return Fit(design, beta, bread, design.y - design.x @ beta)


def cr1(result: Fit, *, rank: int | None = None) -> Floats:
    """Covariance of all coefficients, times G / (G - 1) and (N - 1) / (N - rank) (Stata's factor; CR1S)."""
    design = result.design
    n, g = len(design.y), design.n_clusters
    scores = design.sums(design.x * result.residuals[:, None]) @ result.bread
    factor = g / (g - 1) * (n - 1) / (n - (design.rank if rank is None else rank))
    return np.asarray(scores.T @ scores * factor)


def cluster_errors(result: Fit) -> dict[str, ClusterError]:
    """CR1S, CR2, CR3 and the CR3 without factor of the treatment's coefficient.

    `CR3` is the jackknife, its sum times (G - 1) / G; `CR3 (no factor)` leaves that out, as clubSandwich does.
    """
    design = result.design
    g = design.n_clusters
    adjusted, three = _adjusted_rows(result)
    errors = {"CR1S": ClusterError("CR1S", float(np.sqrt(cr1(result)[-1, -1])), g - 1)}
    if adjusted is None:
        errors["CR2"] = ClusterError("CR2", float("nan"), float("nan"))
    else:
        scores = design.sums((adjusted * result.residuals)[:, None])[:, 0]
        errors["CR2"] = ClusterError("CR2", float(np.sqrt(scores @ scores)), _satterthwaite(result, adjusted))
    scores = design.sums((three * result.residuals)[:, None])[:, 0]
    plain = float(np.sqrt(scores @ scores))
    errors["CR3"] = ClusterError("CR3", plain * float(np.sqrt((g - 1) / g)), g - 1)
    errors["CR3 (no factor)"] = ClusterError("CR3 (no factor)", plain, g - 1)
    return errors


def _adjusted_rows(result: Fit) -> tuple[Floats | None, Floats]:
    """Row weights a with CR2 = sum over clusters of (a_g' e_g)^2, and the same of CR3.

    Weighted least squares has a CR2 with working covariance I only where nothing was absorbed and clusters are small.
    """
    design = result.design
    equal = bool(np.ptp(design.weights) <= 1e-12 * design.weights.max())
    two, three = np.zeros(len(design.y)), np.zeros(len(design.y))
    parts = design.slices()
    feasible = equal or (not design.absorbed and max(p.stop - p.start for p in parts) <= LARGEST_CLUSTER)
    inner = None if equal or not feasible else _inner(result)
    rows, whole = design.x @ result.bread[-1], design.x @ design.inverse
    for part in parts:
        x, row = design.x[part], rows[part]
        basis, values, vectors = _spectrum(whole[part], row)
        alive = values > VANISHED
        safe, start = np.where(alive, values, 1.0), np.where(alive, vectors[0], 0.0) * np.linalg.norm(row)
        three[part] = basis @ (vectors @ (start / safe))
        if inner is None:
            two[part] = basis @ (vectors @ (start / np.sqrt(safe)))
        else:
            two[part] = _identity_rows(x, np.sqrt(design.weights[part]), result.bread, inner, row)
    return (two if feasible else None), three


def _spectrum(z: Floats, row: Floats) -> tuple[Floats, Floats, Floats]:
    """Eigenvalues and vectors of I - zz' on the smallest subspace that holds `row` (Lanczos, fully orthogonalised).

    The subspace has a few dimensions in panels that are nearly balanced, and never more than z has columns, plus one.
    Returns its orthonormal basis (the first column along `row`), the eigenvalues, and the vectors in that basis.
    """
    basis = np.zeros((len(row), min(len(row), z.shape[1] + 1)))
    length = float(np.linalg.norm(row))
    if length == 0:
        return basis[:, :1], np.ones(1), np.ones((1, 1))
    basis[:, 0] = row / length
    small, used = np.zeros((basis.shape[1],) * 2), 1
    for j in range(basis.shape[1]):
        image = basis[:, j] - z @ (z.T @ basis[:, j])
        known = basis[:, :used]
        small[:used, j] = known.T @ image
        rest = image - known @ small[:used, j]
        rest -= known @ (known.T @ rest)
        size = float(np.linalg.norm(rest))
        if size < INVARIANT or used == basis.shape[1]:
            break
        basis[:, used] = rest / size
        used += 1
    square = small[:used, :used]
    upper = np.triu(square)
    values, vectors = np.linalg.eigh(upper + np.triu(upper, 1).T)
    return basis[:, :used], values, vectors


def _inner(result: Fit) -> Floats:
    """M X'WWX M, with rows in the design's scale."""
    weights = result.design.weights
    if np.ptp(weights) <= 1e-12 * weights.max():
        return np.asarray(result.bread * weights.mean())
    x = result.design.x * np.sqrt(result.design.weights)[:, None]
    return np.asarray(result.bread @ (x.T @ x) @ result.bread)


def _identity_rows(x: Floats, root: Floats, bread: Floats, inner: Floats, row: Floats) -> Floats:
    """A cluster's CR2 weights under weighted least squares: (I-H)(I-H)' in the outcome's scale, its inverse root."""
    plain = x / root[:, None]
    hat = plain @ bread @ (x * root[:, None]).T
    values, vectors = np.linalg.eigh(np.eye(len(x)) - hat - hat.T + plain @ inner @ plain.T)
    alive = values > VANISHED
    spread = vectors.T @ (row * root)
    return np.asarray((vectors[:, alive] @ (spread[alive] / np.sqrt(values[alive]))) / root)


def _satterthwaite(result: Fit, adjusted: Floats) -> float:
    """2 E(V)^2 / Var(V) of CR2 for independent errors of equal variance."""
    design = result.design
    root = np.sqrt(design.weights)
    s = adjusted * root
    plain = design.x / root[:, None]
    a = design.sums(plain * s[:, None])
    b = design.sums(design.x * root[:, None] * s[:, None])
    cross = a @ result.bread @ b.T
    p = a @ _inner(result) @ a.T - cross - cross.T
    p[np.diag_indices_from(p)] += design.sums((s**2)[:, None])[:, 0]
    total = float((p**2).sum())
    return float(np.trace(p) ** 2 / total) if total > 0 else float("nan")
