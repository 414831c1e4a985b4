"""The daemon: schedules that run by themselves, a health page, JSON log lines, and an orderly end."""
