"""Samples that another program made, scored as the samples of gbench's own runs are.

One thread a process, as in the stages: the same samples then get the same numbers, to the last bit.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when NumPy and PyTorch are first imported
