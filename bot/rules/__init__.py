"""Rules for prompts: what a text would hit, and why. Knows neither storage nor Discord."""
