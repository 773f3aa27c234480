"""Disclosure control: which cells a public release must not show, and whether anything of them got out. Pure."""

from analysis.disclosure.audit import Needle, leaks, needles
from analysis.disclosure.complement import complement
from analysis.disclosure.primary import WITHHELD, small, suppress

__all__ = ["WITHHELD", "Needle", "complement", "leaks", "needles", "small", "suppress"]
