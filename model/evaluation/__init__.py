"""How good a model is: accuracy by share of ink, calibration, rejection, latency, and whole games."""
