"""The interventions of `interventions.yml`, and what their pre-specified fields must be."""

from datetime import date
from pathlib import Path

from analysis.catalogue.entry import Entry, read_entries
from analysis.catalogue.model import Amendment, Donors, Intervention

FILE = "interventions.yml"
SINGLE_SERIES, SYNTHETIC_CONTROL = "single_series", "synthetic_control"
DESIGNS = (SINGLE_SERIES, SYNTHETIC_CONTROL)
EFFECT_MODELS = ("ols_hac", "reml_ar1", "arima", "poisson", "quasipoisson", "structural")
COMPARISON_MODELS = ("synthetic_control", "synthetic_control_shifted", "synthetic_did")
SCALES = ("level", "log")


def load_interventions(folder: Path) -> dict[str, Intervention]:
    """Every intervention by its name; CatalogueError at the first field that breaks a rule."""
    return read_entries(folder, FILE, _intervention)


def _intervention(entry: Entry) -> Intervention:
    design = entry.one_of("design", DESIGNS, SINGLE_SERIES)
    known = EFFECT_MODELS if design == SINGLE_SERIES else COMPARISON_MODELS
    model = entry.one_of("model", known)
    intervention = Intervention(
        id=entry.name,
        title=entry.label("title"),
        announced=entry.date("announced"),
        in_force=entry.date("in_force"),
        treated=entry.texts("treated"),
        comparison=entry.texts("comparison"),
        indicator=entry.text("indicator"),
        expected_sign=entry.integer("expected_sign", -1, 1),
        model=model,
        source=entry.label("source"),
        design=design,
        models=entry.texts("models", ()) or (model,),
        expected_lag=entry.integer("expected_lag", 0, 52) if "expected_lag" in entry.fields else 0,
        placebo_dates=entry.dates("placebo_dates", ()),
        placebo_outcomes=entry.texts("placebo_outcomes", ()),
        missing=entry.label("missing") if "missing" in entry.fields else None,
        explored_outcomes=entry.texts("explored_outcomes", ()),
        onset=entry.date("onset") if "onset" in entry.fields else None,
        donors=_donors(entry) if design == SYNTHETIC_CONTROL else None,
        window=_window(entry) if design == SYNTHETIC_CONTROL else (),
        scale=entry.one_of("scale", SCALES, "level") if design == SYNTHETIC_CONTROL else "level",
        amendments=_amendments(entry),
    )
    _check_dates(entry, intervention)
    _check_models(entry, intervention, known)
    return intervention


def _donors(entry: Entry) -> Donors:
    inner = Entry(entry.file, f"{entry.name}.donors", entry.take("donors"))
    donors = Donors(
        first=inner.date("first"),
        last=inner.date("last"),
        at_least=inner.integer("at_least", 0, 10**9),
        without=inner.texts("without", ()),
    )
    inner.done()
    return donors


def _window(entry: Entry) -> tuple[date, ...]:
    window = entry.dates("window")
    if len(window) != 2 or window[0] >= window[1]:
        raise entry.wrong("window", "the first and the last period", [day.isoformat() for day in window])
    return window


def _amendments(entry: Entry) -> tuple[Amendment, ...]:
    rows = entry.take("amendments", [])
    if not isinstance(rows, list):
        raise entry.wrong("amendments", "a list of changes with day, fields and reason", rows)
    found = []
    for number, row in enumerate(rows, start=1):
        inner = Entry(entry.file, f"{entry.name}.amendments {number}", row)
        found.append(Amendment(inner.date("day"), inner.texts("fields"), inner.label("reason")))
        inner.done()
    return tuple(found)


def _check_dates(entry: Entry, intervention: Intervention) -> None:
    if intervention.announced > intervention.in_force:
        raise entry.wrong("announced", f"on or before {intervention.in_force}", str(intervention.announced))
    if not intervention.announced <= intervention.starts <= intervention.in_force:
        must = f"from the announcement of {intervention.announced} to {intervention.in_force}"
        raise entry.wrong("onset", must, str(intervention.starts))
    late = [day for day in intervention.placebo_dates if day >= intervention.announced]
    if late:
        raise entry.wrong("placebo_dates", f"before the announcement of {intervention.announced}", str(late[0]))


def _check_models(entry: Entry, intervention: Intervention, known: tuple[str, ...]) -> None:
    for model in intervention.models:
        if model not in known:
            raise entry.wrong("models", "of " + ", ".join(known), model)
    if intervention.model not in intervention.models:
        raise entry.wrong("models", f"with the main model {intervention.model} among them", list(intervention.models))
    if intervention.design == SYNTHETIC_CONTROL and len(intervention.treated) != 1:
        raise entry.wrong("treated", "one territory in a synthetic control", list(intervention.treated))
