"""One module a type of record: which columns give its fields, and whether the numbers bear that out."""
