"""The bot's own small HTTP server, to which providers report that work is done.

A report is a hint, never believed: of what it says only the provider's id of the work is
kept, and the owner of the job asks the provider with our key.
"""
