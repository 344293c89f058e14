"""One module a format, found by its name: `format: csv` is read by `csv.py`."""
