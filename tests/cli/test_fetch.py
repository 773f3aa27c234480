"""`monitor fetch` against a service on this machine: what it asks, takes in, refuses, and says without a network."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from analysis.catalogue import load_catalogue
from analysis.cli import main
from analysis.errors import DataRejected, UsageError
from analysis.store import Store
from analysis.store.web import download
from analysis.submissions.contract import check_contract

EUROSTAT = load_catalogue().connectors["eurostat"]
SAMPLES = Path(__file__).parents[2] / ".." / "shared/data/eurostat_format_samples"
HEADER = (
    "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,freq,Time frequency,unit,Unit of measure,citizen,Country of citizenship,"
    "sex,Sex,age,Age class,geo,Geopolitical entity (reporting),TIME_PERIOD,Time,OBS_VALUE,Observation value,OBS_FLAG,"
    "Observation status (Flag) V2 structure,CONF_STATUS,Confidentiality status (flag)"
)


def row(geo: str, month: str, value: object, *, dataset: str = "migr_asytpsm", flag: str = "", **other: str) -> str:
    codes = {"citizen": EUROSTAT.datasets[dataset].filters["citizen"], "sex": "T", "age": "TOTAL", **other}
    return (
        f'dataflow,ESTAT:{dataset.upper()}(1.0),"Beneficiaries, monthly",M,Monthly,PER,Person,{codes["citizen"]},'
        f"Somebody,{codes['sex']},Total,{codes['age']},Total,{geo},Somewhere,{month},,{value},,{flag},,,"
    )


def table(*rows: str) -> bytes:
    return ("\n".join([HEADER, *rows]) + "\n").encode()


STOCK = table(row("BE", "2024-01", 75110), row("EL", "2024-01", 27040, flag="d"), row("EU27_2020", "2024-01", 4262305))
GRANTS = table(*(row(geo, "2024-01", value, dataset="migr_asytpfm") for geo, value in (("BE", 1335), ("EL", ":"))))


@dataclass
class Service:
    """What it answers, by dataset: a list of (status, headers, body), the last one for ever."""

    url: str = ""
    answers: dict[str, list[tuple[int, dict[str, str], bytes]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, list[str]], dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def service() -> Iterator[Service]:
    state = Service(answers={"migr_asytpsm": [(200, {}, STOCK)], "migr_asytpfm": [(200, {}, GRANTS)]})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            dataset = parts.path.split("/")[-2]
            state.asked.append((parts.path, parse_qs(parts.query), dict(self.headers.items())))
            answers = state.answers[dataset]
            status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
            if status == 200 and headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
                status, body = 304, b""
            self.send_response(status)
            for name, text in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/data"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


def test_both_datasets_land_as_deliveries(service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "eurostat", "--data", str(tmp_path), "--url", service.url]) == 0
    kept = Store(tmp_path).observations()
    told = {(r.indicator, r.geo, r.nationality, r.flag): r.value for r in kept.itertuples()}
    assert told == {
        ("EUR01", "BE", "UA", ""): 75110,
        ("EUR01", "EL", "UA", "d"): 27040,
        ("EUR01", "EU27_2020", "UA", ""): 4262305,
        ("EUR02", "BE", "TOTAL", ""): 1335,
    }
    path, query, _ = service.asked[0]
    assert path == "/data/migr_asytpsm/1.0"
    assert {name: query[name] for name in ("c[citizen]", "c[sex]", "c[age]", "format")} == {
        "c[citizen]": ["UA"], "c[sex]": ["T"], "c[age]": ["TOTAL"], "format": ["csvdata"]
    }  # fmt: skip
    assert "accepted" in capsys.readouterr().out


def test_what_did_not_change_is_not_taken_in_again(service: Service, tmp_path: Path) -> None:
    again = ["fetch", "eurostat", "--dataset", "migr_asytpsm", "--data", str(tmp_path), "--url", service.url]
    service.answers["migr_asytpsm"] = [(200, {"ETag": '"one"'}, STOCK)]
    assert main(again) == main(again) == 0
    assert service.asked[1][2]["If-None-Match"] == '"one"'
    service.answers["migr_asytpsm"] = [(200, {"ETag": '"two"'}, STOCK)]  # another tag, the same bytes
    assert main(again) == 0
    assert len(Store(tmp_path).submissions()) == 1
    service.answers["migr_asytpsm"] = [(200, {"ETag": '"three"'}, STOCK.replace(b"75110", b"75115"))]
    assert main(again) == 0
    history = Store(tmp_path).observations(geos=["BE"])
    assert len(Store(tmp_path).submissions()) == 2 and history["value"].tolist() == [75115]


def test_a_passing_failure_is_tried_again(service: Service, tmp_path: Path) -> None:
    service.answers["migr_asytpsm"] = [(503, {}, b""), (200, {"Content-Length": "9999999"}, STOCK), (200, {}, STOCK)]
    address = EUROSTAT.address(EUROSTAT.datasets["migr_asytpsm"], service.url)
    assert download(address, limit=10**6, tries=3, seconds=5, wait=0).content == STOCK
    assert len(service.asked) == 3


@pytest.mark.parametrize("answers", [[(404, {}, b"")], [(503, {}, b"")]])
def test_a_lasting_failure_is_one_line(service: Service, tmp_path: Path, answers: list, capsys) -> None:
    service.answers["migr_asytpsm"] = answers
    code = main(["fetch", "eurostat", "--dataset", "migr_asytpsm", "--data", str(tmp_path), "--url", service.url])
    said = capsys.readouterr().err
    assert code == 2 and said.count("\n") == 1 and f"HTTP {answers[0][0]}" in said and "Nothing was stored" in said


def test_offline_is_one_line_and_stores_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dead = ["fetch", "eurostat", "--dataset", "migr_asytpfm", "--data", str(tmp_path), "--url", "http://127.0.0.1:9/x"]
    assert main(dead) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "127.0.0.1:9 cannot be reached" in said and "4 of 4 tries" in said
    assert Store(tmp_path).deliveries() == []


def test_one_dataset_failing_does_not_stop_the_other(service: Service, tmp_path: Path) -> None:
    service.answers["migr_asytpsm"] = [(200, {}, b"<html>busy</html>")]
    assert main(["fetch", "eurostat", "--data", str(tmp_path), "--url", service.url]) == 3
    assert Store(tmp_path).observations()["indicator"].tolist() == ["EUR02"]


def test_an_answer_over_the_limit_is_not_read(service: Service) -> None:
    address = EUROSTAT.address(EUROSTAT.datasets["migr_asytpsm"], service.url)
    with pytest.raises(DataRejected, match="at most 100 bytes"):
        download(address, limit=100, tries=1, seconds=5)


@pytest.mark.parametrize("words", [["esta"], ["eurostat", "--dataset", "migr_asyappctzm"]])
def test_unknown_names(words: list[str], tmp_path: Path) -> None:
    assert main(["fetch", *words, "--data", str(tmp_path)]) == 2


def test_only_the_web() -> None:
    with pytest.raises(UsageError, match="http or https"):
        download("file:///etc/hosts", limit=1, tries=1, seconds=1)


BROKEN = [
    # answer, words of the refusal
    (b"<?xml version='1.0'?><error/>", "a table with column STRUCTURE, not \"<?xml"),
    (table(row("GR", "2024-01", 5)), "Eurostat's code EL, not 'GR' (in the answer for migr_asytpsm, line 2)"),
    (table(row("BE", "2024-01", 5), row("BE", "2024-01", 5, age="Y_LT18")), "column age must be TOTAL, not 'Y_LT18'"),
    (table(row("BE", "2024-01", 5, sex="F")), "column sex must be T, not 'F'"),
    (table(row("BE", "2024-01", 5), row("BE", "2024-01", 10)), "there once; line 2 has it too"),
    (table(row("BE", "2024-01", 7)), "a multiple of 5, 0 or more, not '7'"),
    (table(row("BE", "2024-01", "many")), "a number, not 'many'"),
    (table(row("BE", "2024-01", ":")), "at least one value"),
    (table(row("BE", "2024-01", 5, dataset="migr_asytpfm", citizen="UA")), "column STRUCTURE_ID must be MIGR_ASYTPSM"),
    (STOCK.replace(b"OBS_VALUE", b"VALUE"), "a table with column OBS_VALUE"),
    (STOCK.replace(b"unit,Unit", b"unit,geo2,Unit"), "of the pinned columns, not 'geo2'"),
    (STOCK[:-30], "cells wide"),
    (b"\xff\xfe" + STOCK, "UTF-8 text"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "words"), BROKEN)
def test_a_broken_contract_is_refused(answer: bytes, words: str) -> None:
    with pytest.raises(DataRejected) as told:
        check_contract(answer, EUROSTAT, EUROSTAT.datasets["migr_asytpsm"])
    assert words in str(told.value)


@pytest.mark.skipif(not SAMPLES.exists(), reason="Eurostat's samples are not beside the repository")
def test_eurostat_own_sample_keeps_the_contract() -> None:
    content = (SAMPLES / "sdmx_csv_2.0_labels_both.csv").read_bytes()
    assert check_contract(content, EUROSTAT, EUROSTAT.datasets["migr_asytpsm"]) == len(content.splitlines()) - 1
    for other in ("databrowser_linear_2_0.csv", "sdmx_csv_1.0_eurostat_labels_name.csv", "eurostat_bulk.tsv"):
        with pytest.raises(DataRejected):
            check_contract((SAMPLES / other).read_bytes(), EUROSTAT, EUROSTAT.datasets["migr_asytpsm"])
