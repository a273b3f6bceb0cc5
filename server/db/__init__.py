"""Redis: connections, pipelines, scripts, keys, and what a process checks before it relies on one."""
