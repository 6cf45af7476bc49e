"""The kit of which every track's page is made; it knows no track.

A page is a `Page` of `Section`s (`page.py`, `section.py`).  Each turns results into one tidy frame,
which is its CSV file, and names what is drawn of it: `Table`, `Lines`, `Crosses`, or a `Drawing`,
a function that makes views (`view.py`) by itself.  HTML and Markdown walk the views alone.
"""
