"""Which stage may run next: plain sets, no processes and no DVC."""

from collections.abc import Callable, Iterable, Mapping


def weights(upstream: Mapping[str, set[str]]) -> dict[str, int]:
    """How many stages wait for each stage, directly or not: the more, the earlier it should run."""
    downstream: dict[str, set[str]] = {stage: set() for stage in upstream}
    for stage, before in upstream.items():
        for one in before:
            downstream[one].add(stage)

    reached: dict[str, set[str]] = {}

    def below(stage: str) -> set[str]:
        if stage not in reached:
            after = downstream[stage]
            reached[stage] = after.union(*(below(one) for one in after))
        return reached[stage]

    return {stage: len(below(stage)) for stage in upstream}


class Plan:
    """Stages that wait, run, are done or have failed.

    Args:
        upstream: each stage with those that it directly depends on; those outside of `stale` count
            as done.
        stale: what is to be run.
    """

    def __init__(self, upstream: Mapping[str, set[str]], stale: Iterable[str]):
        rank = weights(upstream)
        self.waiting = sorted(stale, key=lambda stage: -rank[stage])
        self.upstream = {stage: upstream[stage] & set(self.waiting) for stage in self.waiting}
        self.done: set[str] = set()
        self.failed: set[str] = set()
        self.left_out: set[str] = set()

    def next(self, fits: Callable[[str], bool] = lambda stage: True) -> str | None:
        """Takes the stage that should start now; None if none can.

        Args:
            fits: whether there is room for a stage.
        """
        for stage in self.waiting:
            if self.upstream[stage] <= self.done and fits(stage):
                self.waiting.remove(stage)
                return stage
        return None

    def finish(self, stage: str, succeeded: bool) -> None:
        """Notes how a stage ended; whatever depends on a failed one is left out."""
        if succeeded:
            self.done.add(stage)
            return
        self.failed.add(stage)
        lost = {stage}
        while more := {one for one in self.waiting if self.upstream[one] & lost}:
            self.left_out |= more
            lost |= more
            self.waiting = [one for one in self.waiting if one not in more]

    def stop(self) -> None:
        """Starts nothing any more."""
        self.left_out.update(self.waiting)
        self.waiting.clear()
