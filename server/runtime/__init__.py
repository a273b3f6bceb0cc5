"""What every process stands on: event loop, background tasks, child processes, logs."""
