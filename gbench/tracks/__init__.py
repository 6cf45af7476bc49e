"""One file a track: what its params.yaml has beside the sections of every track, and its page.

A track is a pipeline of its own in tracks/<name>/, whose stages are the root's and run in that
folder; its params.yaml says `track: <name>`.  Its file has `SECTIONS`, a type for each section of
its own, and `write(params, root, out)`, which writes out/<name>/index.html.
"""
