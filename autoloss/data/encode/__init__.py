"""Encoding the raw file in two passes: read, count values, build vocabularies; then split and map values to ids."""
