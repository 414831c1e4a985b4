"""One thing done with aiosalesforce, its result printed as JSON: `steps.py STEP ARGUMENTS`."""

import asyncio
import json
import os
import sys

import httpx
from aiosalesforce import Salesforce
from aiosalesforce.auth import ClientCredentialsFlow, JwtBearerFlow, SoapLogin
from aiosalesforce.exceptions import SalesforceError

FACTS = json.loads(os.environ["ORG_FACTS"])
HOST = "https://acme.my.salesforce.com"  # it takes no other; HTTPS_PROXY leads to the org


def auth(kind):
    """Give one of the client's ways to sign in."""
    if kind == "client_credentials":
        return ClientCredentialsFlow(FACTS["client_id"], FACTS["client_secret"])
    if kind == "jwt":
        return JwtBearerFlow(FACTS["client_id"], FACTS["username"], FACTS["jwt_key_file"])
    return SoapLogin(FACTS["username"], FACTS["password"], FACTS["security_token"])


async def query(salesforce, soql):
    """Query all pages."""
    return [one async for one in salesforce.query(soql)]


async def life(salesforce, record, change):
    """Create, change, upsert, read, delete, and read once more."""
    made = await salesforce.sobject.create("Lead", record)
    await salesforce.sobject.update("Lead", made, change)
    upserted = await salesforce.sobject.upsert("Lead", record["Ext_Id__c"], "Ext_Id__c", {"Rating": "Hot"})
    read = await salesforce.sobject.get("Lead", made)
    await salesforce.sobject.delete("Lead", made)
    try:
        after = await salesforce.sobject.get("Lead", made)
    except SalesforceError as error:
        after = error.error_code
    return {"id": made, "read": read, "upserted": [upserted.id, upserted.created], "after": after}


async def load(salesforce, operation, rows, key=None):
    """Load rows in bulk; gives the rows that succeeded and those that failed."""
    made = salesforce.bulk_v2.ingest.perform_operation(
        operation, "Lead", rows, external_id_field=key, polling_interval=0.05
    )
    told = [one async for one in made]
    return {
        "successful": [row for one in told for row in one.successful_results],
        "failed": [row for one in told for row in one.failed_results],
    }


async def composite(salesforce, last_name):
    """Make an account, then a contact of it, in one call."""
    async with salesforce.composite(all_or_none=True) as batch:
        account = batch.sobject.create("Account", {"Name": f"{last_name} Co"})
        contact = batch.sobject.create("Contact", {"LastName": last_name, "AccountId": str(account.reference.id)})
    return {"account": account.id, "contact": contact.id}


async def batch(salesforce, soql):
    """Query twice in one call."""
    async with salesforce.composite.batch() as batch:
        asked = [batch.query(soql), batch.query(soql)]
    return [one.records for one in asked]


async def main(step, kind, given):
    """Do it."""
    async with httpx.AsyncClient() as http:
        salesforce = Salesforce(http, HOST, auth=auth(kind), version="62.0")
        sys.stdout.write(json.dumps(await globals()[step](salesforce, **given)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
