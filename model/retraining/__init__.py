"""The loop: what players drew becomes a challenger, the gates judge it, and the champion may change."""
