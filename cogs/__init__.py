"""Everything that a person in Discord touches: commands, modals, buttons and cards."""
