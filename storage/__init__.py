"""Everything that is SQL, and the spool."""
