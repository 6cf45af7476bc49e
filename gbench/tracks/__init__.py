"""One file a track: `SECTIONS`, what its params.yaml has beside the sections of every track.

A track is a pipeline of its own in tracks/<name>/, whose stages are the root's and run in that
folder; its params.yaml says `track: <name>`.
"""
