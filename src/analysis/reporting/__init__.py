"""Charts, tables, words in four languages, and the renderers of pages."""
