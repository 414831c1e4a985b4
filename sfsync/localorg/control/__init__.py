"""The control plane under `/_org/`: for tests and people who run the org, not for Salesforce clients."""
