"""What must hold once the bot is quiet: in its books, the bills, the cards and the log."""
