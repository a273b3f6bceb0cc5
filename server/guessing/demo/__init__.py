"""Drawings and pictures that somebody tries at /try: asked, answered once, stored nowhere."""
