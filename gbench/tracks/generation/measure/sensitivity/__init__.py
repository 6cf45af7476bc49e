"""What each metric can see: generators made from real data, each with one known fault, scored by
every metric next to held-out real data.

`python -m gbench.tracks.generation.stages.sensitivity` writes the scores; the report tests them.
"""
