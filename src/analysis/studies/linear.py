"""A small integer program by named variables, solved by HiGHS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from analysis.errors import DataRejected, MonitorError

SECONDS = 60.0  # the whole survey takes one; a problem with hardly a condition has too many solutions to choose from
OUT_OF_TIME = 1
Terms = Mapping[str, float]


@dataclass
class Program:
    """Minimise a linear cost over whole or real variables, 0 or more, under linear constraints."""

    upper: dict[str, float] = field(default_factory=dict)
    whole: dict[str, bool] = field(default_factory=dict)
    cost: dict[str, float] = field(default_factory=dict)
    constraints: list[tuple[dict[str, float], float, float]] = field(default_factory=list)

    def variable(self, name: str, upper: float = inf, *, whole: bool = True, cost: float = 0.0) -> str:
        """Add a variable from 0 to `upper`."""
        self.upper[name], self.whole[name], self.cost[name] = upper, whole, cost
        return name

    def between(self, terms: Terms, low: float, high: float) -> None:
        """Require low <= terms <= high."""
        self.constraints.append(({name: weight for name, weight in terms.items() if weight}, low, high))

    def equal(self, terms: Terms, value: float = 0.0) -> None:
        """Require terms = value."""
        self.between(terms, value, value)

    def deviation(self, name: str, terms: Terms, value: float, cost: float) -> None:
        """Add the distance between `terms` and `value` to what is minimised."""
        over = self.variable(f"{name} over", whole=False, cost=cost)
        under = self.variable(f"{name} under", whole=False, cost=cost)
        self.equal({**terms, over: -1.0, under: 1.0}, value)

    def solve(self) -> dict[str, float] | None:
        """The value of every variable at the minimum, or None where the constraints contradict each other.

        Raises
        ------
        DataRejected
            No best solution was found in a minute.
        MonitorError
            The solver stopped without an answer.
        """
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        place = {name: k for k, name in enumerate(self.upper)}
        cells = [(i, place[n], w) for i, (terms, _, _) in enumerate(self.constraints) for n, w in terms.items()]
        rows, columns, weights = zip(*cells, strict=True)
        matrix = csr_array((weights, (rows, columns)), shape=(len(self.constraints), len(place)))
        low, high = ([bounds[side] for bounds in self.constraints] for side in (1, 2))
        found = milp(
            np.array(list(self.cost.values())),
            integrality=np.array(list(self.whole.values()), dtype=int),
            bounds=Bounds(np.zeros(len(place)), np.array(list(self.upper.values()))),
            constraints=LinearConstraint(matrix, np.array(low), np.array(high)),
            options={"time_limit": SECONDS},
        )
        if found.status == OUT_OF_TIME:
            must = f"enough to settle on one solution in {SECONDS:g} seconds"
            raise DataRejected("the printed results", must=must, mend="Give the whole table of them.")
        if found.status == 2:
            return None
        if found.status != 0:
            raise MonitorError("the integer program", must="solved", found=found.message)
        return {name: float(found.x[k]) for name, k in place.items()}
