"""One module a language that a model can be written in, each with a template of the same name in `assets`."""
