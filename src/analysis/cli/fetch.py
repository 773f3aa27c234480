"""`monitor fetch`: what a service published since the last time, as deliveries that are taken in like any other."""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import MonitorError, UsageError

if TYPE_CHECKING:
    from analysis.catalogue.connectors import Connector, Dataset
    from analysis.store import Delivery, Store


def answer(options: argparse.Namespace) -> int:
    """Fetch the datasets that changed, take them in, say what came; the first failure decides the exit code."""
    from analysis.catalogue import load_catalogue
    from analysis.run.project import find_project
    from analysis.store import Store, run_lock
    from analysis.submissions import intake

    catalogue, rulebook = load_catalogue(), find_project().rulebook
    connector = catalogue.connectors.get(options.service)
    if connector is None:
        raise UsageError("the service", must=f"one of {', '.join(catalogue.connectors)}", found=options.service)
    datasets = _asked(connector, options.dataset)
    options.data.mkdir(parents=True, exist_ok=True)
    problems: list[MonitorError] = []
    with run_lock(options.data, "monitor fetch"):
        store = Store(options.data)
        came = []
        for dataset in datasets:
            try:
                came += _fetched(store, connector, dataset, options.url)
            except MonitorError as error:
                problems.append(error)
                print(f"monitor fetch: {dataset.id}: {error}", file=sys.stderr)
        receipts = intake(store, catalogue, came, rulebook) if came else []
    if options.json:
        print(json.dumps([json.loads(receipt.to_json()) for receipt in receipts], ensure_ascii=False))
    else:
        for receipt in receipts:
            print("\n".join(receipt.lines()))
    if problems:
        return problems[0].exit_code
    return 3 if any(receipt.state == "rejected" for receipt in receipts) else 0


def _asked(connector: "Connector", names: list[str]) -> "list[Dataset]":
    for name in names:
        if name not in connector.datasets:
            raise UsageError("the dataset", must=f"one of {', '.join(connector.datasets)}", found=name)
    return [connector.datasets[name] for name in names or connector.datasets]


def _fetched(store: "Store", connector: "Connector", dataset: "Dataset", base: str) -> "list[Delivery]":
    """The new delivery of a dataset, or none where nothing changed."""
    from datetime import UTC, datetime

    from analysis.store.web import download
    from analysis.submissions.contract import check_contract

    address, document = connector.address(dataset, base), f"fetch/{connector.id}/{dataset.id}.json"
    known = _known(store, document, address)
    limit = connector.megabytes * 1_000_000
    etag, modified = known["etag"], known["modified"]
    got = download(address, etag=etag, modified=modified, limit=limit, tries=connector.tries, seconds=connector.seconds)
    if got.content is None:
        print(f"{dataset.id}: not changed since {modified or 'the last time'}", file=sys.stderr)
        return []
    values = check_contract(got.content, connector, dataset)
    said = {"provider": connector.provider, "dataflow": dataset.dataflow}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{dataset.id}.csv"
        path.write_bytes(got.content)
        delivery, had = store.receive(path, datetime.now(UTC).date(), said)
    record = {name: text for name, text in asdict(got).items() if name != "content"}
    store.commit({}, {document: json.dumps({"address": address, **record}, indent=1).encode()})
    if had:
        print(f"{dataset.id}: the same bytes as on {delivery.received_at}", file=sys.stderr)
        return []
    print(f"{dataset.id}: {values:,} values, new", file=sys.stderr)
    return [delivery]


def _known(store: "Store", document: str, address: str) -> dict[str, str]:
    """What the service said of its last answer at the same address."""
    if document not in store.documents("fetch/"):
        return {"etag": "", "modified": ""}
    record = json.loads(store.document(document))
    same = record.get("address") == address
    return {name: str(record.get(name, "")) if same else "" for name in ("etag", "modified")}
