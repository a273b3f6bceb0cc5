"""The guesser process: takes ink from Redis in batches and answers."""
