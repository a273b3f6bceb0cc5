"""Who may come in: tokens, addresses, origins, rate limits."""
