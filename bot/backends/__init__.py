"""The remix backends: one interface, one module per provider, the catalogue as data."""
