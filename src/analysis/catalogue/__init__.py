"""What a domain expert edits, as YAML and CSV files, and its typed, checked loader."""

from analysis.catalogue.load import load_catalogue
from analysis.catalogue.model import (
    LANGUAGES,
    Catalogue,
    Code,
    CodeList,
    Column,
    Dataflow,
    Form,
    Indicator,
    Intervention,
    Label,
    Page,
    Provider,
    Rounds,
)

__all__ = [
    "LANGUAGES",
    "Catalogue",
    "Code",
    "CodeList",
    "Column",
    "Dataflow",
    "Form",
    "Indicator",
    "Intervention",
    "Label",
    "Page",
    "Provider",
    "Rounds",
    "load_catalogue",
]
