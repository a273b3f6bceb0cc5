"""What rooms store in Redis: logs, snapshots, what they leave behind, leaderboards."""
