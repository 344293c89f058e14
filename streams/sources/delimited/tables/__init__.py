"""Files as tables: rows of text, JSON or a sheet in blocks of columns, whatever shape they were written in."""
