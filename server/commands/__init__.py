"""Every `inkling …`: one file a command."""
