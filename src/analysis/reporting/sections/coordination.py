"""Coordination: benchmarking matrices with the weight of their pillars, and the registry of who is concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.evidence import Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.collection import page_ledger

if TYPE_CHECKING:
    import pandas as pd

    from analysis.catalogue.benchmarks import Benchmark
    from analysis.studies import Matrix, Studied

BENCHMARK = "benchmark"


def show_lead(page: Page) -> None:
    """What the page does with the matrices, and how many weightings it draws."""
    from analysis.studies.benchmark import DRAWS

    page.say("coordination.lead", draws=page.wording.number(DRAWS))


def matrix_of(page: Page, benchmark: Benchmark) -> Matrix:
    """The scores of one matrix as known on the page's day."""
    import pandas as pd

    from analysis.studies import read_matrix

    table = page.store.table(BENCHMARK)
    rows = table[(table["as_of"] <= pd.Timestamp(page.as_of)) & (table["section"] == benchmark.section)]
    named: list[dict[str, Any]] = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    return read_matrix(benchmark.id, named, tuple(benchmark.pillars))


def studied(page: Page) -> Studied:
    """What the findings about the matrices are checked against."""
    from analysis.studies import Studied

    matrices = {one.id: matrix_of(page, one) for one in page.catalogue.benchmarks.values()}
    return Studied((), matrices, page.catalogue.questionnaire)


def show_matrix(page: Page, benchmark: Benchmark, matrix: Matrix) -> None:
    """Scores by pillar, our total and rank beside the printed total, and how often each stays on top."""
    import pandas as pd

    from analysis.studies import robustness

    page.heading(benchmark.label[page.lang])
    totals, ranks = matrix.totals(), matrix.ranks()
    firm = {one.mechanism: one for one in robustness(matrix)}
    rows = []
    for mechanism in sorted(matrix.mechanisms, key=lambda one: ranks[one.name]):
        agrees = totals[mechanism.name] == mechanism.printed
        rows.append(
            {
                "mechanism": page.wording.territory(mechanism.name),
                "scores": " + ".join(_points(page, mechanism.scores[pillar]) for pillar in matrix.scored),
                "printed": mechanism.printed,
                "ours": totals[mechanism.name],
                "verdict": page.wording.say(f"coordination.verdict.{'same' if agrees else 'differs'}"),
                "rank": ranks[mechanism.name],
                "first": page.wording.quantity(100 * firm[mechanism.name].first, "%", decimals=0),
            }
        )
    frame = pd.DataFrame(rows)
    texts = {"mechanism": "text", "scores": "text", "verdict": "text", "first": "figure"}
    formats = {name: texts.get(str(name), "number") for name in frame.columns}
    heads = {name: page.wording.say(f"coordination.head.{name}") for name in formats}
    order = page.wording.listing([benchmark.pillars[pillar][page.lang] for pillar in matrix.scored])
    page.say("coordination.order", pillars=order)
    page.table(
        frame, page.wording.say("coordination.caption.matrix", matrix=benchmark.label[page.lang]), formats, heads
    )
    _say_matrix(page, benchmark, matrix)


def _points(page: Page, score: float | None) -> str:
    return "–" if score is None else page.wording.number(score)


def _say_matrix(page: Page, benchmark: Benchmark, matrix: Matrix) -> None:
    """How many totals are reproduced, which differ, which pillars are missing, and whether the winners change."""
    wrong = matrix.misprints
    reproduced = page.record(
        len(matrix.mechanisms) - len(wrong),
        Lineage("reproduced", BENCHMARK, breakdown=benchmark.id),
        n=len(matrix.mechanisms),
    )
    page.say("coordination.reproduced", ("totals",), totals=reproduced, of=str(len(matrix.mechanisms)))
    for one in wrong:
        total = " + ".join(page.wording.number(score) for score in one.scores)
        ours, printed = page.wording.number(one.computed), page.wording.number(one.printed)
        page.say(
            "coordination.misprint",
            mechanism=page.wording.territory(one.mechanism),
            sum=total,
            ours=ours,
            printed=printed,
        )
    if matrix.missing:
        missing = page.wording.listing([benchmark.pillars[pillar][page.lang] for pillar in matrix.missing])
        page.say("coordination.missing", pillars=missing)
    same = set(_top(matrix.totals(), benchmark.selected)) == set(
        _top({one.name: one.printed or 0.0 for one in matrix.mechanisms}, benchmark.selected)
    )
    best = page.wording.listing([page.wording.territory(name) for name in _top(matrix.totals(), benchmark.selected)])
    page.say(f"coordination.winners.{'same' if same else 'changed'}", mechanisms=best)


def _top(totals: dict[str, float], number: int) -> list[str]:
    """The names of the `number` highest totals, and of whoever equals the last of them."""
    least = sorted(totals.values(), reverse=True)[min(number, len(totals)) - 1]
    return [name for name, total in sorted(totals.items(), key=lambda pair: -pair[1]) if total >= least]


def show_coverage(page: Page) -> None:
    """How many bodies deal with each domain, by level, and how many of them send data; then the gaps in words."""
    import pandas as pd

    from analysis.reporting.bars import coverage_grid

    bodies = list(page.catalogue.stakeholders.values())
    domains = [
        domain
        for domain in page.catalogue.domains
        if any(i.domain == domain for i in page.catalogue.indicators.values())
    ]
    levels = list(dict.fromkeys(body.level for body in bodies))
    frame = pd.DataFrame(
        [
            [sum(domain in body.domains and body.level == level for body in bodies) for level in levels]
            for domain in domains
        ],
        index=[page.label("domain", domain) for domain in domains],
        columns=[page.wording.say(f"coordination.level.{level}") for level in levels],
    )
    title = page.wording.say("coordination.caption.coverage")
    told = " ".join(
        f"{name}: {', '.join(f'{level} {count}' for level, count in row.items() if count) or '0'}."
        for name, row in frame.iterrows()
    )
    page.figure(coverage_grid(frame, page.wording), title, f"{title}. {told}")
    collected = {flow.domain for flow in page.catalogue.dataflows.values()}
    silent = [domain for domain in domains if domain not in collected]
    empty = [page.label("domain", domain) for domain in domains if not any(domain in body.domains for body in bodies)]
    page.say(
        "coordination.gaps",
        silent=page.wording.listing([page.label("domain", d) for d in silent]),
        empty=page.wording.listing(empty),
    )
    groups = [
        group.label[page.lang] + f" ({framework.region})"
        for framework in page.catalogue.frameworks.values()
        if framework.region
        for code, group in framework.groups.items()
        if not any(f"{framework.id}.{code}" in body.groups for body in bodies)
    ]
    page.say("coordination.groups", groups=page.wording.listing(groups))


def show_registry(page: Page) -> None:
    """Every body with its level, domains, working groups, phases and whether it sends data."""
    import pandas as pd

    rows = [
        {
            "body": body.label[page.lang],
            "level": page.wording.say(f"coordination.level.{body.level}"),
            "domains": ", ".join(page.label("domain", domain) for domain in body.domains),
            "groups": ", ".join(_group(page, name) for name in body.groups),
            "phases": ", ".join(_group(page, name).partition(".")[0] for name in body.phases),
            "submits": page.wording.say("coordination.yes" if body.submits else "coordination.no"),
        }
        for body in page.catalogue.stakeholders.values()
    ]
    formats = dict.fromkeys(rows[0], "text")
    heads = {name: page.wording.say(f"coordination.head.{name}") for name in formats}
    page.table(pd.DataFrame(rows), page.wording.say("coordination.caption.registry"), formats, heads)


def _group(page: Page, name: str) -> str:
    framework, _, code = name.partition(".")
    return page.catalogue.frameworks[framework].groups[code].label[page.lang]


def benchmark_ledger(page: Page) -> pd.DataFrame:
    """The submissions that the matrices come from."""
    return page_ledger(page, [BENCHMARK])
