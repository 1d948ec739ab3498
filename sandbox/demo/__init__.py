"""`make demo`: the real bot at work against the stand-ins, with nothing else needed."""
