"""The survey: who answered, each question with base, interval and silence, open answers, and what its print allows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from analysis.evidence import Evidence, Lineage
from analysis.reporting.page import Page
from analysis.reporting.sections.collection import page_ledger
from analysis.reporting.tables import escape

if TYPE_CHECKING:
    import pandas as pd

    from analysis.catalogue.questionnaire import Field
    from analysis.studies import Audit, Bound, Broken, Coding, Counts, Figure, Printed, Studied, Tabulated

RESPONSES, PRINTED = "survey_responses", "survey"
UKRAINE = " ua"  # ends the name of a question asked about those who fled Ukraine


def survey_ledger(page: Page) -> pd.DataFrame:
    """The submissions of responses and of printed results."""
    return page_ledger(page, [RESPONSES, PRINTED])


def responses(page: Page) -> list[dict[str, Any]]:
    """The rows of the newest response file known on the page's day."""
    import pandas as pd

    table = page.store.table(RESPONSES)
    known = table[table["as_of"] <= pd.Timestamp(page.as_of)]
    newest = known[known["as_of"] == known["as_of"].max()]
    return [{str(name): value for name, value in row.items()} for row in newest.to_dict("records")]


def printed(page: Page) -> list[dict[str, Any]]:
    """The printed results that are known on the page's day."""
    import pandas as pd

    table = page.store.table(PRINTED)
    rows = table[table["as_of"] <= pd.Timestamp(page.as_of)].to_dict("records")
    return [{str(name): None if pd.isna(value) else value for name, value in row.items()} for row in rows]


def figures(page: Page, rows: list[dict[str, Any]]) -> Audit:
    """The printed percentages audited, question by question."""
    from analysis.studies import audit

    return audit(_figures(rows))


def studied(page: Page, rows: list[dict[str, Any]]) -> Studied:
    """What the findings about the survey are checked against."""
    from analysis.studies import Studied

    return Studied(_figures(rows), {}, page.catalogue.questionnaire)


def _figures(rows: list[dict[str, Any]]) -> list[Figure]:
    from analysis.studies import Figure

    def base(row: dict[str, Any]) -> int | None:
        return None if row["stated_base"] is None else int(row["stated_base"])

    return [Figure(f"{row['question']:.0f} {row['column']}", row["option"], row["printed"], base(row)) for row in rows]


def show_response(page: Page) -> None:
    """The response table: printed, ours, verdict."""
    import pandas as pd

    from analysis.studies import Rule, rules_giving

    survey = page.catalogue.survey
    rows = []
    for line in survey.response.values():
        rules = rules_giving(line.printed, line.count, survey.invited)
        verdict = "same" if Rule.HALF_UP in rules else "down" if Rule.TRUNCATION in rules else "differs"
        ours = page.wording.quantity(100 * line.count / survey.invited, "%")
        rows.append(
            (line.label[page.lang], line.count, line.printed, ours, page.wording.say(f"survey.verdict.{verdict}"))
        )
    frame = pd.DataFrame(rows, columns=["group", "n", "printed", "ours", "verdict"])
    formats = {"group": "text", "n": "number", "printed": "figure", "ours": "figure", "verdict": "text"}
    heads = {name: page.wording.say(f"survey.head.{name}") for name in formats}
    heads |= {"group": page.wording.say("survey.head.organisations"), "n": page.wording.say("survey.head.total")}
    page.table(frame, page.wording.say("survey.caption.response"), formats, heads)


def show_loading_bar(page: Page) -> None:
    """The share of the questions of each section that the report's summary uses."""
    import pandas as pd

    from analysis.reporting.bars import used_bars

    questions = list(page.catalogue.questionnaire.questions.values())
    sections = sorted({question.section for question in questions})
    frame = pd.DataFrame(
        [
            {
                "label": section_name(page, section),
                "used": sum(q.cited for q in questions if q.section == section),
                "of": sum(q.section == section for q in questions),
            }
            for section in sections
        ]
    )
    title = page.wording.say("survey.caption.loading")
    lines = [
        page.wording.say("survey.alt.loading", label=r.label, used=str(r.used), of=str(r.of))
        for r in frame.itertuples()
    ]
    drawing = used_bars(frame, page.wording, title=page.wording.say("survey.loading"))
    page.figure(drawing, title, f"{title}. {' '.join(lines)}")


def section_name(page: Page, section: int) -> str:
    """What a section of the questionnaire is called."""
    return page.wording.say(f"survey.section.{section}")


def show_section(page: Page, tables: list[Tabulated], section: int, results: list[Printed]) -> None:
    """The closed questions of a section with printed results: a chart of shares with intervals, then its table.

    Of the others nothing is known: what the synthetic respondents say there is filled in, and is not shown.
    """
    import pandas as pd

    from analysis.reporting.bars import share_dots

    spoken = {(one.field, option) for one in results for option in one.options}
    mine = [one for one in tables if one.field.question.section == section and one.shares]
    rows, evidence = [], []
    for one in mine:
        for share in (share for share in one.shares if (one.field.name, share.option) in spoken):
            found = _record(page, one, share.option, 100 * share.share, (100 * share.low, 100 * share.high))
            evidence.append(found)
            rows.append(_row(page, one, share.option, share.count, found))
    frame = pd.DataFrame(rows)
    page.heading(section_name(page, section))
    title = page.wording.say("survey.caption.shares", section=section_name(page, section))
    source = page.wording.say("survey.source")
    told = [
        page.wording.say("survey.alt.share", label=f"{r.group}, {r.label}", share=r.share) for r in frame.itertuples()
    ]
    page.figure(share_dots(frame, page.wording, source=source), title, f"{title}. {' '.join(told)}", evidence)
    formats = {
        "group": "text",
        "label": "text",
        "count": "number",
        "n": "number",
        "share": "figure",
        "interval": "figure",
        "silent": "number",
    }
    heads = {name: page.wording.say(f"survey.head.{name}") for name in formats}
    # A question is named once, so that its answers read as a block.
    named = frame.assign(group=frame["group"].where(~frame["group"].duplicated(), "”"))
    page.table(
        named, page.wording.say("survey.caption.table", section=section_name(page, section)), formats, heads, evidence
    )


def field_name(page: Page, field: Field) -> str:
    """Number, text, item and column of a field."""
    item = f": {field.question.items[field.item][page.lang]}" if field.item else ""
    ua = f" ({page.wording.say('survey.ua')})" if field.column == "ua" else ""
    return f"{field.question.id}. {field.question.text[page.lang]}{item}{ua}"


def show_open(page: Page, coding: Coding) -> None:
    """How often each concept is named in the answers to an open question, in all and by language."""
    import pandas as pd

    from analysis.reporting.bars import count_bars

    question = page.catalogue.questionnaire.questions[coding.question]
    labels = {
        one.concept: page.catalogue.questionnaire.keywords[one.concept].label[page.lang] for one in coding.concepts
    }
    languages = list(page.catalogue.survey.languages)
    frame = pd.DataFrame(
        [
            {
                "label": labels[one.concept],
                "part": page.wording.say(f"survey.lang.{lang}"),
                "count": one.by_language.get(lang, 0),
            }
            for one in coding.concepts
            for lang in languages
        ]
    )
    title = page.wording.say("survey.caption.open", question=f"{coding.question}. {question.text[page.lang]}")
    told = [f"{labels[one.concept]}: {one.count}." for one in coding.concepts]
    page.figure(
        count_bars(frame, page.wording, source=page.wording.say("survey.source")), title, f"{title}. {' '.join(told)}"
    )
    wide = frame.pivot(index="label", columns="part", values="count").loc[list(labels.values())].reset_index()
    wide["total"] = wide.drop(columns="label").sum(axis=1)
    formats = {name: "text" if name == "label" else "number" for name in wide.columns}
    heads = {"label": page.wording.say("survey.head.concept"), "total": page.wording.say("survey.head.total")}
    page.table(wide, title, formats, {**{name: str(name) for name in wide.columns}, **heads})
    page.markdown(page.wording.say("survey.open", answers=str(coding.answers), uncoded=str(coding.uncoded)))


def show_audit(page: Page, found: Audit, rows: list[dict[str, Any]]) -> None:
    """How many printed percentages a whole count gives, and the ones that none does, with the bases that would."""
    import pandas as pd

    impossible = found.impossible()
    page.say(
        "survey.audit",
        reproduced=str(len(found.reproduced())),
        stated=str(len(found.stated)),
        impossible=str(len(impossible)),
        questions=page.wording.listing(_asked(one.figure.question for one in impossible)),
    )
    nearest = {(q.question, q.stated_base): q.nearest() for q in found.questions}
    frame = pd.DataFrame(
        [
            (
                f"{one.figure.question}",
                one.figure.option,
                one.figure.printed,
                one.figure.stated_base,
                nearest[one.figure.question, one.figure.stated_base],
            )
            for one in impossible
        ],
        columns=["group", "label", "printed", "n", "nearest"],
    )
    formats = {"group": "text", "label": "text", "printed": "figure", "n": "number", "nearest": "number"}
    heads = {name: page.wording.say(f"survey.head.{name}") for name in formats}
    page.table(frame, page.wording.say("survey.caption.impossible"), formats, heads)
    bases = {one.figure.stated_base for one in impossible if one.figure.question.endswith(UKRAINE)}
    listed = page.wording.listing(
        [page.wording.number(base) for base in sorted(base for base in bases if base is not None)]
    )
    page.say("survey.ukraine", base=str(_joint_ukraine(found, rows)), stated=listed)


def _asked(names: Iterable[str]) -> list[str]:
    """The numbers of the questions behind names such as `25 ua` or `q19`, in order."""
    return [str(number) for number in sorted({int(re.sub(r"\D", "", name)) for name in names})]


def _joint_ukraine(found: Audit, rows: list[dict[str, Any]]) -> int:
    """The smallest base on which every question of the Ukraine column with an impossible figure fits."""
    from analysis.studies import Rule, audit

    broken = {one.figure.question for one in found.impossible() if one.figure.question.endswith(UKRAINE)}
    every = [one.figure for question in found.questions if question.question in broken for one in question.figures]
    return audit(every).joint[Rule.HALF_UP][0]


def counts_of(page: Page, results: list[Printed]) -> Counts:
    """The whole counts that give the printed results, solved once for all languages."""
    from analysis.studies import solve_counts

    catalogue = page.catalogue
    return page.shared(
        ("survey counts",), lambda: solve_counts(results, catalogue.questionnaire, catalogue.survey.respondents)
    )


def show_certificate(page: Page, counts: Counts, broken: list[Broken]) -> None:
    """Why some printed results cannot hold together, one sentence a conflict."""
    fields = {field.name: field for field in page.catalogue.questionnaire.fields()}
    lines = [
        "- "
        + page.wording.say(
            "survey.conflict",
            result=escape(_words(page, conflict.result, fields)),
            others=escape(page.wording.several(_words(page, one, fields) for one in conflict.others)),
        )
        for conflict in counts.conflicts
    ]
    page.say("survey.certificate", missed=str(len(counts.missed)))
    page.markdown("\n".join(lines))
    page.say("survey.checked", silent=str(len(broken)), question=page.wording.listing(_asked(b.field for b in broken)))


def _words(page: Page, one: Printed | Bound, fields: dict[str, Field]) -> str:
    from analysis.studies import Printed

    field = fields[one.field]
    name = f"{field.question.id}{' ' + page.wording.say('survey.ua') if field.column == 'ua' else ''}"
    labels = {code: label[page.lang] for code, label in field.question.options.items()}
    if isinstance(one, Printed):
        what = " / ".join(labels[code] for code in one.options)
        return page.wording.say(
            "survey.word.result", question=name, option=what, count=str(one.count), printed=one.print
        )
    if one.kind == "required":
        return page.wording.say("survey.word.required", question=name)
    other = fields[one.partner[0]]
    theirs = other.question.options[one.partner[1]][page.lang]
    return page.wording.say(
        "survey.word.matches", question=name, option=labels[one.option], other=other.question.id, answer=theirs
    )


def _record(page: Page, one: Tabulated, option: str, value: float, interval: tuple[float, float]) -> Evidence:
    lineage = Lineage("answer", RESPONSES, breakdown=f"{one.field.name}: {option}")
    return page.record(value, lineage, unit="%", interval=interval, n=one.answered, listed=False)


def _row(page: Page, one: Tabulated, option: str, count: int, found: Evidence) -> dict[str, Any]:
    return {
        "group": field_name(page, one.field),
        "label": one.field.question.options[option][page.lang],
        "count": count,
        "n": one.answered,
        "value": found.value,
        "low": found.ci_low,
        "high": found.ci_high,
        "share": page.figure_of(found),
        "interval": page.span_of(found),
        "silent": one.silent,
    }
