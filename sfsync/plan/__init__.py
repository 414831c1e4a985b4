"""Comparing what is with what is wanted: plans as data, pre-flight, brakes, and the way back."""
