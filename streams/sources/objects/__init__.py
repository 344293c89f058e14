"""Feeds of JSON objects: cut one by one out of files and folders, so that a broken one costs itself alone."""
