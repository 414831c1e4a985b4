"""The org as a process on a state folder: starting, stopping, asking and changing it, from within and from outside."""
