"""Words: the vocabulary, packs, prompts, and words that a room taught."""
