"""From a provider's raw file to observations and a receipt that says what to mend."""

from analysis.submissions.intake import check, intake, receipt_of
from analysis.submissions.receipt import Finding, Receipt

__all__ = ["Finding", "Receipt", "check", "intake", "receipt_of"]
