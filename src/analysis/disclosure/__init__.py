"""Disclosure control: which cells a public release must not show, and whether anything of them got out. Pure."""

from analysis.catalogue.disclosure import WITHHELD
from analysis.disclosure.audit import Needle, leaks, needles
from analysis.disclosure.complement import Division, complement
from analysis.disclosure.primary import small, suppress

__all__ = ["WITHHELD", "Division", "Needle", "complement", "leaks", "needles", "small", "suppress"]
