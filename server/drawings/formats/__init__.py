"""Drawings of one word as a file or folder, one module for each family of formats; `registry` lists all of them."""
