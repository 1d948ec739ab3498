"""What is set of a server, and its rules for prompts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.moderation.audit import By, NothingToChangeError
from bot.moderation.scene import Changes, Scene
from bot.servers import Server, ServerSettings, read_server, write
from storage import budgets, prompt_rules, servers
from storage.budgets import Scope
from storage.prompt_rules import PromptRuleRow


class Servers:
    """Changes servers as a whole."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def change(
        self,
        by: By,
        alter: Callable[[ServerSettings], ServerSettings],
        *,
        what: str = "settings",
        say: Callable[[ServerSettings, ServerSettings], tuple[str, str]],
        reason: str | None = None,
    ) -> Server:
        """Change settings of a server.

        Args:
            by: Who does it.
            alter: Gives the settings as they shall be; may be called again.
            what: Which kind of change; a key of `audit.TITLES`.
            say: Gives before and after in words, from both settings.
            reason: What the moderator says of it.

        Raises:
            NothingToChangeError: They are so already.
        """

        async def work(scene: Scene) -> Server:
            before = scene.server.settings
            after = alter(before)
            if after == before:
                raise NothingToChangeError("It is set so already.")
            if after.budget != before.budget:
                await budgets.forget_told(scene.tx, Scope.SERVER_BUDGET, by.server_id)
            await servers.put(scene.tx, by.server_id, write(after))
            then, now = say(before, after)
            changed = replace(scene.server, settings=after)
            # Who moves the log is seen where it was; a first one reads of its own choosing.
            told = changed if before.log_channel is None else scene.server
            await replace(scene, server=told).record(what, before=then, after=now, reason=reason)
            return changed

        changed = await self._changes.make(by, work)
        return changed or await read_server(self._changes.database.read, by.server_id)

    async def finish_set_up(self, by: By, starter: Sequence[PromptRuleRow]) -> bool:
        """Take a server as set up: the starter list becomes rules of its own.

        Args:
            by: Who does it.
            starter: The starter list, with ids to store it under.

        Returns:
            Whether it was not before.
        """

        async def work(scene: Scene) -> bool:
            if not await servers.mark_set_up(scene.tx, by.server_id, now=scene.now):
                return False
            for rule in starter:
                await prompt_rules.add(scene.tx, rule)
            await scene.record("set_up", after="set up; the starter rules are rules like others")
            return True

        return await self._changes.make(by, work) or False

    async def add_prompt_rule(self, by: By, rule: PromptRuleRow, said: str, *, most: int) -> None:
        """Add a rule for prompts.

        Args:
            by: Who does it.
            rule: The rule; its id is the interaction's.
            said: It in words.
            most: Rules that a server may have.

        Raises:
            NothingToChangeError: The server has it already, or too many.
        """

        async def work(scene: Scene) -> None:
            await scene.record("rules.add", after=said)
            if len(await prompt_rules.of_server(scene.tx.run, by.server_id)) >= most:
                raise NothingToChangeError(f"There are {most} rules already: remove one first.")
            if not await prompt_rules.add(scene.tx, rule):
                raise NothingToChangeError("There is such a rule already.")

        await self._changes.make(by, work)

    async def remove_prompt_rule(
        self, by: By, rule_id: int, say: Callable[[PromptRuleRow], str]
    ) -> None:
        """Remove a rule for prompts.

        Args:
            by: Who does it.
            rule_id: Which.
            say: Says it in words.

        Raises:
            NothingToChangeError: There is none.
        """

        async def work(scene: Scene) -> None:
            removed = await prompt_rules.remove(scene.tx, by.server_id, rule_id)
            if removed is None:
                raise NothingToChangeError("There is no such rule; /rules list shows all.")
            await scene.record("rules.remove", before=say(removed), after="removed")

        await self._changes.make(by, work)

    async def note(self, by: By, what: str, *, subject_id: int, before: str, after: str) -> None:
        """Write down something that was done elsewhere, such as a reported card deleted."""

        async def work(scene: Scene) -> None:
            await scene.record(what, subject_id=subject_id, before=before, after=after)

        await self._changes.make(by, work)
