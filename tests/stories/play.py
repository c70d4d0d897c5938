"""Plays a story file: who says what, what they see, how the clock moves. The same story runs on every stage.

A step names a person by name or by part: `owner`, `front_desk#2`, `engineering_head`, `handler` (who got the last order).
`sees` must all stand in one message that this person has not read yet; `picks` chooses from the message just seen.
`{complaint}`, `{work_order}` and `{card}` stand for the latest number of their kind that anybody has seen.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import yaml

NUMBERS = {"complaint": r"TS\d{8}-\d{4,}", "work_order": r"GD\d{8}-\d{4,}", "card": r"DA\d{8}-\d{4,}"}
SPAN = re.compile(r"^(\d+)\s*(s|m|h|d)$")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Seen:
    """One message of the house as a person sees it; `choices` are label and value."""

    id: int
    text: str
    choices: tuple[tuple[str, str], ...]
    attachments: int
    edits: int | None


class Stage(Protocol):
    """Where a story is played: through HTTP, straight on the desk, in a process that gets killed …"""

    async def people(self) -> Sequence[Mapping[str, Any]]: ...
    async def say(self, person: str, *, text: str = "", press: str = "", message: int = 0, photos: int = 0) -> None: ...
    async def messages(self, person: str, after: int) -> Sequence[Seen]: ...
    async def advance(self, by: timedelta) -> None: ...
    async def between_steps(self) -> None: ...


@dataclass
class Story:
    title: str
    clauses: list[str]
    starts_at: str
    steps: list[dict[str, Any]]
    config: dict[str, Any]

    @classmethod
    def read(cls, file: Path) -> "Story":
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        return cls(data["title"], data["clauses"], str(data["starts_at"]), data["steps"], data.get("config", {}))


@dataclass
class Player:
    """Remembers what each person has read, and the numbers that have come up."""

    stage: Stage
    answers_by: str = "press"
    """How choices are picked: `press` the button, or type its `number` or its `label`."""
    read: dict[str, int] = field(default_factory=dict)
    current: dict[str, Seen] = field(default_factory=dict)
    lists: dict[str, list[Seen]] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    cast: list[Mapping[str, Any]] = field(default_factory=list)

    async def play(self, story: Story) -> None:
        self.cast = list(await self.stage.people())
        for index, step in enumerate(story.steps, 1):
            try:
                await self._step(dict(step))
            except AssertionError as error:
                raise AssertionError(f"{story.title}, step {index} {step}: {error}") from None
            await self.stage.between_steps()

    async def _step(self, step: dict[str, Any]) -> None:
        if "advance" in step:
            await self.stage.advance(span(str(step.pop("advance"))))
        else:
            person = await self._who(step.pop("who"))
            await self._reads(person, step)
            await self._does(person, step)
        assert not step, f"unknown in a step: {step}"

    async def _reads(self, person: str, step: dict[str, Any]) -> None:
        if "sees" in step:
            await self._sees(person, _listed(step.pop("sees")))
        if "sees_not" in step:
            await self._sees_not(person, _listed(step.pop("sees_not")))
        if "can" in step:
            self._can(person, _listed(step.pop("can")))
        if "cannot" in step:
            offered = [label for label, _ in self.current[person].choices]
            for label in _listed(step.pop("cannot")):
                assert label not in offered, f"{label!r} should not be among {offered}"

    async def _does(self, person: str, step: dict[str, Any]) -> None:
        if "photos" in step:
            await self.stage.say(person, photos=step.pop("photos"), text=step.pop("says", ""))
        if "says" in step:
            await self.stage.say(person, text=self._filled(step.pop("says")))
        if "presses_twice" in step:
            label = step.pop("presses_twice")
            await self._pick(person, label)
            await self._pick(person, label)
        if "picks" in step:
            await self._pick(person, self._filled(step.pop("picks")))
        if "complains" in step:
            await self._complains(person, step.pop("complains"), step.pop("kind", "对"), step.pop("urgent", False))
        if "finishes" in step:
            await self._finishes(person, step.pop("finishes"))
        for _ in _listed(step.pop("skips", [])):
            await self.stage.say(person, text="跳过")

    # ---------------------------------------------------------------------------- what many stories do on the way

    async def _complains(self, person: str, text: str, kind: str, urgent: bool) -> None:
        """Files a complaint about the own home by the shortest way."""
        await self._answered(person, f"我要投诉{text}", "哪方面的问题", kind)
        await self._answered(person, "", "公共区域", "家里")
        await self._answered(person, "", "照片", "跳过")
        await self._answered(person, "", "急不急", "很急" if urgent else "正常处理")
        await self._answered(person, "", "什么时候方便", "跳过")
        await self._answered(person, "", "请确认", "确认")
        await self._sees(person, ["已受理"])

    async def _finishes(self, person: str, measure: str) -> None:
        """Marks the work order done, without photos."""
        await self._pick(person, "完成")
        await self._answered(person, "", "什么原因", "设备故障")
        await self._answered(person, "", "怎么处理", measure)
        await self._answered(person, "", "照片", "跳过")
        await self._answered(person, "", "请确认处理结果", "确认")
        await self._sees(person, ["已完成"])

    async def _answered(self, person: str, first: str, question: str, answer: str) -> None:
        if first:
            await self.stage.say(person, text=first)
        await self._sees(person, [question])
        if _choice(self.current[person], answer):
            await self._pick(person, answer)
        else:
            await self.stage.say(person, text=answer)

    # ------------------------------------------------------------------------------------------------- who

    async def _who(self, part: str) -> str:
        if part == "handler":
            return await self._handler()
        role, _, which = part.partition("#")
        found = [str(p["id"]) for p in self.cast if _plays(role, p)]
        assert found, f"nobody plays {part}"
        if which:
            return found[int(which) - 1]
        return await self._latest_spoken_to(found) if role not in ("owner", "lessee", "english") else found[0]

    async def _latest_spoken_to(self, people: list[str]) -> str:
        """Among several of the same role: whoever was told something last."""
        last = {person: max((m.id for m in await self._new_list(person)), default=0) for person in people}
        return max(people, key=lambda person: (last[person], -people.index(person)))

    async def _handler(self) -> str:
        order = self.numbers.get("work_order", "")
        for person in [str(p["id"]) for p in self.cast if p["department"]]:
            for message in await self._new_list(person):
                named = re.search(r"工单|[Ww]ork order", message.text) and order in message.text
                if named and any(label in ("接单", "完成", "Accept", "Done") for label, _ in message.choices):
                    return person
        raise AssertionError(f"nobody was given {order}")

    # ------------------------------------------------------------------------------------------------ seeing

    async def _new_list(self, person: str) -> list[Seen]:
        known = self.lists.setdefault(person, [])
        for message in await self.stage.messages(person, known[-1].id if known else 0):
            known.append(message)
            for name, pattern in NUMBERS.items():
                for number in re.findall(pattern, message.text):
                    self.numbers[name] = max(number, self.numbers.get(name, ""))
        return known

    async def _sees(self, person: str, wanted: list[str]) -> None:
        unread = [m for m in await self._new_list(person) if m.id > self.read.get(person, 0)]
        parts = [self._filled(part) for part in wanted]
        for message in unread:
            if all(part in message.text for part in parts):
                self.read[person] = message.id
                self.current[person] = message
                return
        shown = "\n--\n".join(m.text for m in unread) or "(nothing new)"
        raise AssertionError(f"wanted {parts} in one of:\n{shown}")

    async def _sees_not(self, person: str, unwanted: list[str]) -> None:
        for message in await self._new_list(person):
            if message.id > self.read.get(person, 0):
                for part in unwanted:
                    assert self._filled(part) not in message.text, f"{part!r} stands in: {message.text}"

    def _can(self, person: str, labels: list[str]) -> None:
        offered = [label for label, _ in self.current[person].choices]
        for label in labels:
            assert label in offered, f"{label!r} is not among {offered}"

    # ----------------------------------------------------------------------------------------------- choosing

    async def _pick(self, person: str, wanted: str) -> None:
        messages = await self._new_list(person)
        current = self.current.get(person)
        latest = next((m for m in reversed(messages) if m.choices), None)
        gone = {m.edits for m in messages}
        offering = (m for m in reversed(messages) if m.id not in gone and _choice(m, wanted))
        message = current if current and _choice(current, wanted) else next(offering, None)
        choice = _choice(message, wanted) if message else None
        assert message is not None, f"no message offers {wanted!r}"
        assert choice is not None, f"no choice {wanted!r} among {[label for label, _ in message.choices]}"
        typed_is_safe = message is latest and [c[0] for c in message.choices].count(choice[0]) == 1
        if self.answers_by == "number" and typed_is_safe:
            await self.stage.say(person, text=str(message.choices.index(choice) + 1))
        elif self.answers_by == "label" and typed_is_safe:
            await self.stage.say(person, text=choice[0])
        else:
            await self.stage.say(person, press=choice[1], message=message.id)

    def _filled(self, text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda m: self.numbers.get(m[1], m[0]), str(text))


def span(text: str) -> timedelta:
    match = SPAN.match(text)
    assert match, f"not a span of time: {text!r}"
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _listed(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


def _choice(message: Seen, wanted: str) -> tuple[str, str] | None:
    exact = [c for c in message.choices if c[0] == wanted]
    return exact[0] if exact else next((c for c in message.choices if wanted in c[0]), None)


def _plays(role: str, person: Mapping[str, Any]) -> bool:
    """Whether the person fits the part, among those of the first sample site and of the company."""
    if role.endswith("_head") and role != "cs_head":
        return person["role"] == "department_head" and person["department"] == f"dept_{role.removesuffix('_head')}"
    if role == "english":
        return bool(person["language"] == "en")
    return role in (person["role"], person["name"])
