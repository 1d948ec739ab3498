"""The life of a job: from an order to its pictures on a card.

`engine.Jobs` is the way in. A job goes through `queued`, `submitting` and `running`; each has
a module of that name with one `step`, which can be entered again after a restart.
"""
