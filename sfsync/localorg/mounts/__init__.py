"""How clients reach the org: the HTTPS and the in-process mount, what both do with a request, certificate and proxy."""
