"""Model folders: artifacts, versions, recipes."""
