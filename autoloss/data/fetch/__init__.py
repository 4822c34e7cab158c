"""Getting the raw file: generated, downloaded and verified, or a local file; and reading bytes out of archives."""
