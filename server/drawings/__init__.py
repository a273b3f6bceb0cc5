"""The collection of kept drawings: records, archives, erasing, and everybody who reads it."""
