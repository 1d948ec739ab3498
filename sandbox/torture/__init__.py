"""The kill sweep: the real bot, killed at chosen instants until every promise has been tried."""
