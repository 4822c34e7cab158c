"""Reading a raw file, csv or parquet, as blocks of dictionary-encoded columns."""
