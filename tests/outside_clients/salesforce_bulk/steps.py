"""One thing done with salesforce-bulk, its result printed as JSON: `steps.py STEP ARGUMENTS`."""

import csv
import io
import json
import os
import sys

from salesforce_bulk import CsvDictsAdapter, SalesforceBulk
from salesforce_bulk.util import IteratorBytesIO

FACTS = json.loads(os.environ["ORG_FACTS"])


def by_token():
    """Give the client, signed in by token."""
    return SalesforceBulk(sessionId=FACTS["access_token"], host=FACTS["instance_url"].removeprefix("https://"))


def query(bulk, soql, kind, pk_chunking=False):
    """Query in one content type; gives the rows of all results."""
    sobject = soql.split(" FROM ")[1].split()[0]
    job = bulk.create_query_job(sobject, contentType=kind, pk_chunking=pk_chunking)
    first = bulk.query(job, soql)
    if pk_chunking:
        batches = [one["id"] for one in bulk.get_batch_list(job) if one["state"] != "NotProcessed"]
        assert first not in batches
    else:
        batches = [first]
    for batch in batches:
        bulk.wait_for_batch(job, batch, timeout=60, sleep_interval=0.1)
    bulk.close_job(job)
    rows = []
    for batch in batches:
        for result in bulk.get_all_results_for_query_batch(batch, job):
            text = IteratorBytesIO(result).read().decode()
            rows += json.loads(text) if kind == "JSON" else [*csv.DictReader(io.StringIO(text))]
    return {"batches": len(batches), "rows": rows, "state": bulk.job_state(job)}


def load(bulk, operation, rows, kind="CSV", key=None):
    """Load rows; gives an outcome each."""
    make = getattr(bulk, f"create_{operation}_job")
    job = make("Lead", key, contentType=kind) if key else make("Lead", contentType=kind)
    body = CsvDictsAdapter(iter(rows)) if kind == "CSV" else json.dumps(rows)
    batch = bulk.post_batch(job, body)
    bulk.wait_for_batch(job, batch, timeout=60, sleep_interval=0.1)
    bulk.close_job(job)
    return [one._asdict() for one in bulk.get_batch_results(batch, job)]


def signed_in(bulk=None):
    """Sign in by SOAP at the hard-wired host name, then query."""
    made = SalesforceBulk(username=FACTS["username"], password=FACTS["password"],
                          security_token=FACTS["security_token"])  # fmt: skip
    return query(made, "SELECT Id FROM Lead", "CSV")


if __name__ == "__main__":
    step, given = sys.argv[1], json.loads(sys.argv[2])
    result = globals()[step](by_token(), **given)
    sys.stdout.write(json.dumps(result))
