"""Workbooks (`.xlsx`): a sheet's rows as texts that keep their types, in bounded memory."""
