"""The door of the web server: who may enter, how many at once, and answers to requests that make no sense."""
