"""The local org: an HTTPS server that answers as Salesforce does. A witness: it knows nothing of the product."""
