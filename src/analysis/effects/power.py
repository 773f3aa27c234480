"""What size of effect a comparison of a few clusters could see, before any outcome is looked at."""

import numpy as np

from analysis.effects.ar1 import correlation
from analysis.effects.series import Floats, check_number
from analysis.errors import UsageError


def check_counts(n_clusters: int, n_treated: int) -> None:
    """Refuse numbers of clusters that are not whole, fewer than two, or all or none of them treated."""
    for name, count in (("n_clusters", n_clusters), ("n_treated", n_treated)):
        if not isinstance(count, int | np.integer):
            raise UsageError(name, must="a whole number", found=count)
    if n_clusters < 2:
        raise UsageError("n_clusters", must="two or more", found=n_clusters)
    if not 0 < n_treated < n_clusters:
        raise UsageError("n_treated", must=f"between 1 and {n_clusters - 1}", found=n_treated)


def change_std_dev(std_dev: float, n_pre: int, n_post: int, phi: float = 0.0) -> float:
    """Standard deviation of one cluster's change: mean of `n_post` periods less mean of `n_pre` before.

    The noise of a cluster in a period has standard deviation `std_dev` (outcome's units) and correlates by `phi` from
    one period to the next (stationary AR(1)): sqrt(c' R c) x `std_dev` with c the weights of the two means.
    """
    for name, count in (("n_pre", n_pre), ("n_post", n_post)):
        if not isinstance(count, int | np.integer):
            raise UsageError(name, must="a whole number", found=count)
    check_number("phi", phi)
    check_number("std_dev", std_dev)
    if min(n_pre, n_post) < 1:
        raise UsageError("n_pre and n_post", must="1 or more", found=(n_pre, n_post))
    if not -1 < phi < 1:
        raise UsageError("phi", must="between -1 and 1", found=phi)
    if not std_dev > 0:
        raise UsageError("std_dev", must="positive", found=std_dev)
    weights = np.r_[np.full(n_pre, -1 / n_pre), np.full(n_post, 1 / n_post)]
    return std_dev * float(np.sqrt(weights @ correlation(np.arange(n_pre + n_post), phi) @ weights))


def power_of_effect(
    effect: float,
    *,
    n_clusters: int,
    n_treated: int,
    n_pre: int,
    n_post: int,
    std_dev: float,
    phi: float = 0.0,
    alpha: float = 0.05,
) -> float:
    """The chance that a two-sided t-test of the clusters' changes rejects, were `effect` (outcome's units) the truth.

    Exact for normal noise alike in all clusters: noncentral t with n_clusters - 2 degrees of freedom. Common shocks of
    a period and constant differences between clusters cancel and cost nothing.
    """
    from scipy import stats

    error = _contrast_error(n_clusters, n_treated, n_pre, n_post, std_dev, phi)
    degrees = n_clusters - 2
    if degrees < 1:
        return 0.0
    critical = float(stats.t.ppf(1 - alpha / 2, degrees))
    shift = abs(effect) / error
    upper = float(stats.nct.sf(critical, degrees, shift))
    lower = float(stats.nct.cdf(-critical, degrees, shift)) if shift < 30 else 0.0
    return upper + (lower if np.isfinite(lower) else 0.0)


def minimum_detectable_effect(
    *,
    n_clusters: int,
    n_treated: int,
    n_pre: int,
    n_post: int,
    std_dev: float,
    phi: float = 0.0,
    alpha: float = 0.05,
    power: float = 0.8,
) -> float:
    """The smallest effect (outcome's units) that a difference in differences would see with the given power.

    Parameters
    ----------
    n_clusters, n_treated : clusters at the level of assignment, and the treated ones among them.
    n_pre, n_post : periods before, and from, the onset.
    std_dev, phi : noise of a cluster in a period (outcome's units) and its correlation from one period to the next.
    alpha, power : two-sided level and the wanted chance of seeing the effect.

    Returns infinity with fewer than three clusters, whose noise cannot be told from an effect. Whether a test at
    `alpha` exists that does not lean on normal noise is another question (`minimum_attainable_p`).

    Sources: Bloom (1995), Evaluation Review 19(5); Burlig, Preonas and Woerman (2020), Journal of Development Economics
    144 for correlated noise in panels; here with the exact noncentral t in the place of their sum of two quantiles.
    """
    from scipy import optimize

    if not 0 < alpha < power < 1:
        raise UsageError("alpha and power", must="ordered: 0 < alpha < power < 1", found=(alpha, power))
    error = _contrast_error(n_clusters, n_treated, n_pre, n_post, std_dev, phi)
    if n_clusters < 3:
        return float("inf")

    def short(shift: float) -> float:
        return power - power_of_effect(
            shift * error,
            n_clusters=n_clusters,
            n_treated=n_treated,
            n_pre=n_pre,
            n_post=n_post,
            std_dev=std_dev,
            phi=phi,
            alpha=alpha,
        )

    high = 4.0
    while short(high) > 0:
        high *= 2
    return error * float(optimize.brentq(short, 0.0, high, xtol=1e-9))


def simulated_power(
    effect: float,
    *,
    n_clusters: int,
    n_treated: int,
    n_pre: int,
    n_post: int,
    std_dev: float,
    phi: float = 0.0,
    alpha: float = 0.05,
    draws: int = 2_000,
    seed: int = 0,
) -> float:
    """The share of simulated panels whose t-test of the clusters' changes rejects; checks `power_of_effect`."""
    from scipy import stats

    noise = std_dev * ar1_panels(draws, n_clusters, n_pre + n_post, phi, seed)
    changes = noise[:, :, n_pre:].mean(axis=2) - noise[:, :, :n_pre].mean(axis=2)
    changes[:, :n_treated] += effect
    test = stats.ttest_ind(changes[:, :n_treated], changes[:, n_treated:], axis=1) if n_treated > 1 else None
    if test is not None:
        return float(np.mean(test.pvalue < alpha))
    rest = changes[:, 1:]
    ratio = (changes[:, 0] - rest.mean(axis=1)) / (rest.std(axis=1, ddof=1) * np.sqrt(1 + 1 / rest.shape[1]))
    return float(np.mean(np.abs(ratio) > stats.t.ppf(1 - alpha / 2, n_clusters - 2)))


def ar1_panels(draws: int, n_clusters: int, n_periods: int, phi: float, seed: int) -> Floats:
    """Stationary AR(1) noise of unit variance, draws x clusters x periods."""
    noise = np.random.default_rng(seed).standard_normal((draws, n_clusters, n_periods))
    scale = np.sqrt(1 - phi**2)
    for period in range(1, n_periods):
        noise[:, :, period] = phi * noise[:, :, period - 1] + scale * noise[:, :, period]
    return noise


def _contrast_error(n_clusters: int, n_treated: int, n_pre: int, n_post: int, std_dev: float, phi: float) -> float:
    check_counts(n_clusters, n_treated)
    spread = change_std_dev(std_dev, n_pre, n_post, phi)
    return spread * float(np.sqrt(1 / n_treated + 1 / (n_clusters - n_treated)))
