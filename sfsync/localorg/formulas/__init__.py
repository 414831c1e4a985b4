"""Formula fields, roll-ups and formula criteria over the org's rows."""
