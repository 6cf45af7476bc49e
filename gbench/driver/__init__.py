"""`gbench run`: DVC's pipeline with independent stages side by side.

`dvc repro` runs stages one after another and rewrites dvc.lock after each.  Here one process keeps
DVC's books (books), decides what may start (plan), has the commands run by a launcher (jobs,
launch, warm), and ends with the dvc.lock that DVC itself would have written.  Where DVC's internals
have changed, stages go through DVC's command line instead, slower (public).
"""
