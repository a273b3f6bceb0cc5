"""One task per room: inbox, game, log, outbox."""
