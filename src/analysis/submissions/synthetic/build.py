"""Puts the synthetic files together: right rows first, then the planted faults, the late provider and the revision."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from analysis.catalogue import Catalogue
from analysis.submissions.synthetic.plan import FilePlan, Plan, WrongRow, load_plan
from analysis.submissions.synthetic.rows import Row, rows_of
from analysis.submissions.synthetic.series import Trajectories, round_dates, trajectories
from analysis.submissions.synthetic.write import file_bytes


@dataclass(frozen=True)
class SyntheticFile:
    """One file as it would come in."""

    received: date
    name: str
    content: bytes

    @property
    def path(self) -> str:
        """Where it lies below data/raw/submissions."""
        return f"{self.received.isoformat()}/{self.name}"


def synthetic_submissions(catalogue: Catalogue, seed: int | None = None) -> Iterator[SyntheticFile]:
    """Every synthetic file, by provider, dataflow and round.

    Parameters
    ----------
    catalogue
        Gives rounds, labels, languages and the date of the planted intervention.
    seed
        Of all noise; the plan's own when omitted. The same seed gives the same bytes on every machine.
    """
    world = _World(catalogue, seed)
    for file in world.plan.files:
        for number, day in enumerate(world.rounds):
            if day not in file.missing:
                yield world.file(file, number)
    yield world.revised_file()


def planted_truth(catalogue: Catalogue, seed: int | None = None) -> dict[str, Any]:
    """What a perfect analyst would find in the files: effect, break, strains, late provider, revision, wrong rows."""
    return _World(catalogue, seed).truth()


class _World:
    """One seed's numbers and everything made from them."""

    def __init__(self, catalogue: Catalogue, seed: int | None) -> None:
        self.catalogue = catalogue
        self.plan: Plan = load_plan(catalogue)
        self.seed = self.plan.seed if seed is None else seed
        self.rounds = round_dates(catalogue.rounds)
        self.in_force = catalogue.interventions[self.plan.effect["intervention"]].in_force

    @cached_property
    def numbers(self) -> Trajectories:
        return trajectories(self.plan, self.rounds, self.in_force, self.seed)

    def file(self, file: FilePlan, number: int) -> SyntheticFile:
        day = self.rounds[number]
        rows = self._with_faults(file, day, self._right_rows(file, number))
        received = day + timedelta(days=self._delay(file, day))
        return SyntheticFile(received, _name(file, day), file_bytes(self.catalogue, file, day, rows))

    def revised_file(self) -> SyntheticFile:
        file, number, rows = self._revision()
        day = self.rounds[number]
        received = day + timedelta(days=self.plan.revision["days"])
        return SyntheticFile(received, _name(file, day), file_bytes(self.catalogue, file, day, rows))

    def truth(self) -> dict[str, Any]:
        return {
            "about": "Truth planted in the synthetic submissions beside this file; made by the same generator.",
            "seed": self.seed,
            "effect": self._effect(),
            "break": {k: v for k, v in self.plan.series_break.items() if k != "quantity"},
            "strains": [{k: v for k, v in strain.items() if k != "quantity"} for strain in self.plan.strains],
            "late": self._late(),
            "revision": self._revision_truth(),
            "wrong_rows": [self._wrong_row_truth(wrong) for wrong in self.plan.wrong_rows],
        }

    def _right_rows(self, file: FilePlan, number: int) -> list[Row]:
        rows = rows_of(file, self.numbers, number, self.seed)
        return [replace(rows[0], note=file.note), *rows[1:]]

    def _delay(self, file: FilePlan, day: date) -> int:
        return random.Random(f"{self.seed}/days/{file.provider}/{file.dataflow}/{day}").randint(*file.days)

    def _with_faults(self, file: FilePlan, day: date, rows: list[Row]) -> list[Row]:
        for wrong in self.plan.wrong_rows:
            if (wrong.provider, wrong.dataflow, wrong.round) == (file.provider, file.dataflow, day):
                index = _index(rows, wrong)
                written = _written(rows[index], wrong)
                rows = [*rows, written] if wrong.copy else [*rows[:index], written, *rows[index + 1 :]]
        return rows

    def _file_plan(self, provider: str, dataflow: str) -> FilePlan:
        return next(f for f in self.plan.files if (f.provider, f.dataflow) == (provider, dataflow))

    def _path(self, file: FilePlan, day: date) -> str:
        return f"{(day + timedelta(days=self._delay(file, day))).isoformat()}/{_name(file, day)}"

    def _revision(self) -> tuple[FilePlan, int, list[Row]]:
        revision = self.plan.revision
        file = self._file_plan(revision["provider"], revision["dataflow"])
        number = self.rounds.index(revision["round"])
        rows = self._right_rows(file, number)
        for change in revision["changes"]:
            rows = _revised(rows, change)
        return file, number, rows

    def _effect(self) -> dict[str, Any]:
        intervention = self.catalogue.interventions[self.plan.effect["intervention"]]
        return {
            "intervention": intervention.id,
            "indicator": intervention.indicator,
            "treated": list(intervention.treated),
            "unaffected": list(intervention.comparison),
            "in_force": intervention.in_force,
            "first_round_after": next(day for day in self.rounds if day >= intervention.in_force),
            "unit": "percentage points of value / denominator, sex T",
            "level_change": self.plan.effect["level_change"],
            "slope_change": self.plan.effect["slope_change"],
        }

    def _late(self) -> dict[str, Any]:
        due = self.catalogue.rounds.due_after_days
        late = next(file for file in self.plan.files if file.days[0] > due)
        return {
            "provider": late.provider,
            "dataflow": late.dataflow,
            "days_after_reference_date": list(late.days),
            "missing_rounds": list(late.missing),
        }

    def _revision_truth(self) -> dict[str, Any]:
        file, number, rows = self._revision()
        day = self.rounds[number]
        before = self._right_rows(file, number)
        changed = [
            {
                "row": n,
                "indicator": new.indicator,
                "geo": new.geo,
                "sex": new.sex,
                "before": old.value,
                "after": new.value,
            }
            for n, (old, new) in enumerate(zip(before, rows, strict=True), start=2)
            if old != new
        ]
        received = day + timedelta(days=self.plan.revision["days"])
        return {
            "first": self._path(file, day),
            "second": f"{received.isoformat()}/{_name(file, day)}",
            "changed": changed,
        }

    def _wrong_row_truth(self, wrong: WrongRow) -> dict[str, Any]:
        file = self._file_plan(wrong.provider, wrong.dataflow)
        right = self._right_rows(file, self.rounds.index(wrong.round))
        index = _index(right, wrong)
        written = _written(right[index], wrong)
        return {
            "file": self._path(file, wrong.round),
            "row": (len(right) if wrong.copy else index) + 2,
            "kind": wrong.kind,
            "indicator": wrong.indicator,
            "geo": written.geo,
            "sex": wrong.sex,
            "right_value": right[index].value,
            "written_value": written.value,
            **({"copy_of_row": index + 2} if wrong.copy else {}),
        }


def _name(file: FilePlan, day: date) -> str:
    return f"{file.dataflow}__{file.provider}__{day.isoformat()}.{file.format['type']}"


def _index(rows: list[Row], wrong: WrongRow) -> int:
    key = (wrong.indicator, wrong.region, wrong.sex, "TOTAL", "TOTAL")
    return [(r.indicator, r.geo, r.sex, r.age, r.nationality) for r in rows].index(key)


def _written(row: Row, wrong: WrongRow) -> Row:
    if wrong.add:
        row = replace(
            row, value=float(row.value) + wrong.add if isinstance(row.value, float) else int(row.value) + wrong.add
        )
    return replace(row, **wrong.written, note="") if wrong.copy else replace(row, **wrong.written)


def _revised(rows: list[Row], change: Mapping[str, Any]) -> list[Row]:
    """The rows as the provider corrects them: the total by a factor, the men by as many, so that sexes still add up."""
    mine = [(row.indicator, row.geo) == (change["indicator"], change["region"]) for row in rows]
    total = next(float(row.value) for row, hit in zip(rows, mine, strict=True) if hit and row.sex == "T")
    moved = round(total * change["factor"]) - round(total)
    return [
        replace(row, value=round(float(row.value)) + moved) if hit and row.sex != "F" else row
        for row, hit in zip(rows, mine, strict=True)
    ]
