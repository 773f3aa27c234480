"""Disclosure control: which cells a public release must not show, and whether anything of them got out. Pure."""

from analysis.catalogue.disclosure import WITHHELD
from analysis.disclosure.audit import Needle, cells_told, leaks, needles
from analysis.disclosure.complement import Division, complement
from analysis.disclosure.primary import small, suppress

__all__ = ["WITHHELD", "Division", "Needle", "cells_told", "complement", "leaks", "needles", "small", "suppress"]
