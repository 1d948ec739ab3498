"""Discord's rules that no schema can see, as functions from a payload to its problems.

The OpenAPI file lets all of these pass: a message with both content and Components V2, more than
40 components, a custom_id that occurs twice, `attachment://` to nothing. Discord answers most of
them with 400; what it accepts and then hides (an unknown key, a file that no component shows) is
a problem here too, since a bot that does so has a fault.
"""

from sandbox.discord.rules.commands import check_autocomplete, check_commands
from sandbox.discord.rules.message import check_defer, check_message
from sandbox.discord.rules.modal import check_modal

__all__ = ["check_autocomplete", "check_commands", "check_defer", "check_message", "check_modal"]
