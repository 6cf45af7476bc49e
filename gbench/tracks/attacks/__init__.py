"""What do attacks leave of a classifier, bare and behind a generative defence?

White-box, score, decision and transfer attacks in four norms; a defence is attacked through
itself; the worst case per image is what counts.
"""
