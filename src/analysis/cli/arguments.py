"""The words of the command line; nothing heavy is imported here, so that --help answers at once."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

# Quoted: argparse's own type takes no parameter at run time before Python 3.12.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command and its options; argparse itself exits with 2 on wrong usage."""
    return parser().parse_args(argv)


def parser() -> argparse.ArgumentParser:
    """The parser of `monitor`, one sub-command a capability."""
    everywhere = argparse.ArgumentParser(add_help=False)
    data = Path(os.environ.get("DATA_DIR", "data"))
    everywhere.add_argument("--data", type=Path, default=data, metavar="DIR", help="data folder (DATA_DIR; data/)")
    everywhere.add_argument("--out", type=Path, metavar="DIR", help="where the site goes (reports/site/)")
    everywhere.add_argument("--debug", action="store_true", help="show the traceback of an error")
    monitor = argparse.ArgumentParser(prog="monitor", description="Validate, monitor, estimate and report.")
    commands = monitor.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (
        _run,
        _check,
        _intake,
        _template,
        _replay,
        _fetch,
        _effect,
        _trace,
        _diff,
        _sign,
        _verify,
        _doctor,
        _audit_percentages,
        _survey,
        _respondents,
    ):
        add(commands, everywhere)
    return monitor


def _run(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    run = commands.add_parser("run", parents=[everywhere], help="take in new files, build the pages, switch the site")
    run.add_argument("--as-of", default="latest", metavar="D", help="what was known on this ISO date (latest)")
    run.add_argument(
        "--page",
        action="append",
        default=[],
        metavar="P",
        help="only this page: an id or notebook:name=value,…; lands in reports/site-selection/; repeatable",
    )
    run.add_argument("--lang", default="", metavar="L,L", help="languages of the site: en,fr,nl,de")
    run.add_argument("--release", choices=["restricted", "public"], default="restricted", help="who may read it")
    run.add_argument("--workers", type=int, default=0, metavar="N", help="pages built at once (one a processor)")
    run.add_argument("--cluster", default="", metavar="ADDRESS", help="a Dask scheduler to work on instead")


def _declared(command: argparse.ArgumentParser) -> None:
    command.add_argument("--provider", default="", metavar="ID", help="who sent it, where the file does not say")
    command.add_argument("--dataflow", default="", metavar="ID", help="which table it is, where the file does not say")
    command.add_argument("--period", default="", metavar="P", help="reference date, where the file does not say")
    command.add_argument("--answers", type=Path, metavar="DIR", help="where the files for the provider go")
    command.add_argument("--json", action="store_true", help="answer as JSON")


def _check(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    check = commands.add_parser("check", parents=[everywhere], help="validate without storing: what a provider is told")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    _declared(check)


def _intake(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    intake = commands.add_parser("intake", parents=[everywhere], help="store files and answer with receipts")
    intake.add_argument("files", nargs="+", type=Path, metavar="FILE|DIR")
    _declared(intake)


def _template(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    template = commands.add_parser("template", parents=[everywhere], help="the Excel form that a provider fills in")
    template.add_argument("provider", metavar="PROVIDER")
    template.add_argument("--dataflow", required=True, metavar="ID", help="which table it is for")
    template.add_argument("--period", required=True, metavar="P", help="the reference date")


def _replay(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    replay = commands.add_parser("replay", parents=[everywhere], help="what a changed suite would flip; stores nothing")
    replay.add_argument("--suite", required=True, type=Path, metavar="FILE", help="the changed suite (JSON)")
    replay.add_argument("--json", action="store_true", help="answer as JSON")


def _fetch(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    fetch = commands.add_parser("fetch", parents=[everywhere], help="take in what a statistical service published")
    fetch.add_argument("service", metavar="SERVICE", help="eurostat")
    fetch.add_argument("--dataset", action="append", default=[], metavar="ID", help="only this dataset; repeatable")
    fetch.add_argument("--url", default="", metavar="BASE", help="another address of the service (a mirror)")
    fetch.add_argument("--json", action="store_true", help="answer as JSON")


def _effect(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    effect = commands.add_parser("effect", parents=[everywhere], help="what one intervention did")
    effect.add_argument("intervention", metavar="INTERVENTION")
    effect.add_argument("--as-of", default="latest", metavar="D", help="what was known on this ISO date (latest)")
    effect.add_argument("--lang", choices=["en", "fr", "nl", "de"], default="en", help="language of the answer (en)")
    effect.add_argument("--json", action="store_true", help="answer as JSON")


def _trace(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    trace = commands.add_parser("trace", parents=[everywhere], help="from a published number back to its cells")
    trace.add_argument("evidence", metavar="EVIDENCE_ID")
    trace.add_argument("--json", action="store_true", help="answer as JSON")


def _diff(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    diff = commands.add_parser("diff", parents=[everywhere], help="which numbers moved between two releases, and why")
    diff.add_argument("before", type=Path, metavar="RELEASE_A", help="folder of the earlier site")
    diff.add_argument("after", type=Path, metavar="RELEASE_B", help="folder of the later site")
    diff.add_argument("--json", action="store_true", help="answer as JSON")


def _sign(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    sign = commands.add_parser("sign", parents=[everywhere], help="sign a page of the site, or remark on it; list both")
    sign.add_argument("pages", nargs="*", metavar="PAGE", help="ids of pages; none lists the register")
    sign.add_argument("--by", default="", metavar="NAME", help="who signs")
    sign.add_argument("--role", default="", metavar="ROLE", help="as what: reviewer, approver, …")
    sign.add_argument("--remark", metavar="TEXT", help="remark on the pages instead of signing them")
    sign.add_argument("--close", type=int, default=0, metavar="N", help="close remark N; --remark is the answer")
    sign.add_argument("--json", action="store_true", help="list as JSON")


def _verify(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    told = "check a built site: links, pictures, language, lineage, disclosure"
    verify = commands.add_parser("verify", parents=[everywhere], help=told)
    verify.add_argument("--release", choices=["restricted", "public"], help="what it must be (reports/site-public/)")


def _doctor(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    commands.add_parser("doctor", parents=[everywhere], help="what is installed, what is missing, how to get it")


def _audit_percentages(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    audit = commands.add_parser("audit-percentages", parents=[everywhere], help="which bases fit printed percentages")
    audit.add_argument("file", type=Path, metavar="FILE", help="CSV: question, option, printed, stated_base")
    audit.add_argument("--json", action="store_true", help="answer as JSON")


def _survey(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    survey = commands.add_parser("survey", parents=[everywhere], help="check and tabulate a file of survey responses")
    survey.add_argument("file", type=Path, metavar="FILE", help="CSV: respondent, language, q1, q2, …; one row each")
    survey.add_argument("--json", action="store_true", help="answer as JSON")


def _respondents(commands: Commands, everywhere: argparse.ArgumentParser) -> None:
    help_ = "synthetic respondents that have the printed results; --out a CSV file (else only the certificate)"
    respondents = commands.add_parser("respondents", parents=[everywhere], help=help_)
    respondents.add_argument(
        "file", type=Path, metavar="FILE", help="CSV: question, column, option, printed, stated_base"
    )
    respondents.add_argument("--json", action="store_true", help="answer as JSON")
