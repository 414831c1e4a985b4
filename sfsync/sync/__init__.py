"""The steps of a run: pull, decide, plan, apply, settle. Every use case goes through them."""
