"""One thin script a stage: read params.yaml, call gbench, write files.

A stage's process computes on one thread, NumPy's matrix products included; parallelism is several
stages at once.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when NumPy and PyTorch are first imported
