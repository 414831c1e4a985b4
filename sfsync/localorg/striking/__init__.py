"""How faults strike: before a request is looked at, while it is carried out, and on its answer."""
