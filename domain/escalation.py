"""The escalation ladder (§2): steps up, pings, acknowledgement, instruction, escalation by hand, bypasses."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain import ladder, states
from domain.causes import HANDLING, climbs, holds, live_steps
from domain.complaint import Cause, Complaint, EscalationStep
from domain.decision import Decision, Event, Refused
from domain.file_card import instructed
from domain.glossary import Level, Role
from domain.limits import awake
from domain.people import Person, Roster
from domain.powers import Action
from domain.refusals import Why
from domain.rules import Rules

_LEVEL_OF_ROLE = {
    Role.FRONT_DESK: Level.L1,
    Role.CS_SUPERVISOR: Level.L2,
    Role.CS_HEAD: Level.L3,
    Role.DEPARTMENT_HEAD: Level.L3,
    Role.SITE_MANAGER: Level.L4,
    Role.QUALITY_OFFICER: Level.L5,
    Role.MGMT_REP: Level.L5,
}


def start(
    complaint: Complaint,
    level: Level,
    reason: str,
    roster: Roster,
    rules: Rules,
    now: datetime,
    *,
    cause: Cause = Cause.UNFINISHED,
    subject: str = "",
    skipped: tuple[str, ...] = (),
    clause: str = "CP-4.2.3a",
) -> Decision[Complaint]:
    """One more line of the ladder at this level, or at the next above it that has anybody (rule 3).

    Where no level from here up has anybody the next below takes it; where there is nobody at all the step stands with
    no holder, and is repeated until somebody is on the roster.
    """
    at_level, names, passed = _find(level, complaint, roster, rules, now)
    ping_at = now if _at_once(complaint) else awake(now, rules)
    step = EscalationStep(
        step=len(complaint.escalation.steps) + 1,
        level=at_level,
        holders=names,
        copies=ladder.copies(at_level, complaint, roster, rules, now),
        reason=reason,
        cause=cause,
        subject=subject,
        at=now,
        ping_at=ping_at,
        pinged_at=now if ping_at <= now else None,
        skipped=(*skipped, *passed),
    )
    ladder_now = replace(
        complaint.escalation,
        level=max(complaint.escalation.level, at_level),
        steps=(*complaint.escalation.steps, step),
        paused_until=None,
        active=True,
    )
    major = complaint.major or (at_level >= Level.L4 and "reached_l4" in rules.complaint.major_rules)
    data = {**_told(step), "skipped": list(step.skipped), "pinged": step.pinged_at is not None}
    return Decision(replace(complaint, escalation=ladder_now, major=major), (Event("escalation.step", clause, data),))


def climb_due(steps: Sequence[EscalationStep], rules: Rules) -> datetime | None:
    """When the living steps of one cause climb on (rules 1 and 2); None while a ping waits for the morning."""
    top = steps[-1]
    instruction = _instruction(steps)
    if instruction is not None:
        return instruction.instruction_until
    if top.pinged_at is None:
        return None
    if top.acknowledged_at is not None:
        return max(top.acknowledged_at, top.pinged_at) + timedelta(minutes=rules.escalation.instruct_minutes)
    return top.pinged_at + timedelta(minutes=rules.escalation.ack_minutes)


def ping_due(steps: Sequence[EscalationStep]) -> tuple[EscalationStep, ...]:
    """The steps whose ping still waits; none while an instruction runs."""
    if _instruction(steps) is not None:
        return ()
    return tuple(step for step in steps if step.pinged_at is None)


def climb(
    complaint: Complaint, steps: Sequence[EscalationStep], roster: Roster, rules: Rules, now: datetime
) -> Decision[Complaint]:
    """Nobody answered in time: the next level with anybody, or the same one again where there is none above."""
    top = steps[-1]
    missed = _instruction(steps) is not None
    reason = "instruction_missed" if missed else "not_instructed" if top.acknowledged_at else "not_acknowledged"
    skipped: list[str] = []
    for level in ladder.above(top.level):
        names, why = ladder.holders(level, complaint, roster, rules, now)
        if names:
            return start(
                complaint,
                level,
                reason,
                roster,
                rules,
                now,
                cause=top.cause,
                subject=top.subject,
                skipped=tuple(skipped),
            )
        skipped.append(f"{level}:{why}")
    if missed or (not top.holders and _find(top.level, complaint, roster, rules, now)[1]):
        return start(complaint, top.level, reason, roster, rules, now, cause=top.cause, subject=top.subject)
    return _repeat(complaint, top, roster, rules, now)


def ping(complaint: Complaint, step: int, now: datetime) -> Decision[Complaint]:
    """The ping that waited for the end of the quiet hours."""
    found = complaint.escalation.steps[step - 1]
    if found.pinged_at is not None or not holds(complaint, found):
        return Decision(complaint)
    told = replace(found, pinged_at=now)
    return Decision(with_step(complaint, told), (Event("escalation.ping", "CP-4.2.3a", _told(told)),))


def acknowledge(complaint: Complaint, step: int, by: str, now: datetime, rules: Rules) -> Decision[Complaint]:
    """[知悉]: at L2 it ends L2's pings, from L3 up it pauses the climb for `instruct_minutes` (rule 2)."""
    found = _answerable(complaint, step, by, copies=True)
    data = {"step": step, "level": str(found.level), "by": by}
    if by not in found.holders:
        if by in found.noted_by:
            raise Refused(Why.ALREADY, what="acknowledge", by=by, at=None)
        noted = replace(found, noted_by=(*found.noted_by, by))
        return Decision(
            with_step(complaint, noted), (Event("escalation.acknowledged", "CP-4.3.1", {**data, "copy": True}),)
        )
    if found.acknowledged_at is not None:
        at = found.acknowledged_at.isoformat()
        raise Refused(Why.ALREADY, what="acknowledge", by=found.acknowledged_by, at=at)
    known = replace(found, acknowledged_at=now, acknowledged_by=by, pinged_at=found.pinged_at or now)
    highest = not any(_above(other, found) for other in live_steps(complaint))
    pauses = found.level >= Level.L3 and highest
    until = now + timedelta(minutes=rules.escalation.instruct_minutes) if pauses else None
    changed = with_step(complaint, known)
    paused = replace(changed.escalation, paused_until=until or changed.escalation.paused_until)
    return Decision(
        replace(changed, escalation=paused), (Event("escalation.acknowledged", "CP-4.2.3a", {**data, "copy": False}),)
    )


def instruct(
    complaint: Complaint, step: int, by: str, text: str, until: datetime, now: datetime
) -> Decision[Complaint]:
    """[批示] from L3 up: it stops the climb until the date it carries (rule 2) and is written on the card."""
    found = _answerable(complaint, step, by, copies=False)
    if found.level < Level.L3:
        raise Refused(Why.NOT_ALLOWED, level=str(found.level))
    if not text.strip():
        raise Refused(Why.INSTRUCTION_MISSING)
    if until <= now:
        raise Refused(Why.IN_THE_PAST, at=until.isoformat())
    told = replace(
        found,
        acknowledged_at=found.acknowledged_at or now,
        acknowledged_by=found.acknowledged_by or by,
        pinged_at=found.pinged_at or now,
        instructed_at=now,
        instructed_by=by,
        instruction=text,
        instruction_until=until,
    )
    changed = with_step(complaint, told)
    changed = replace(changed, escalation=replace(changed.escalation, paused_until=until))
    if found.cause in HANDLING or found.cause is Cause.BYPASS:
        changed = instructed(changed, by, text, until, now)
    data = {"step": step, "level": str(found.level), "by": by, "text": text, "until": until.isoformat()}
    return Decision(changed, (Event("escalation.instructed", "CP-4.2.3b", data),))


def by_hand(
    complaint: Complaint, by: str, now: datetime, rules: Rules, roster: Roster, reason: str
) -> Decision[Complaint]:
    """[上报]: the level above the one who presses (CP-4.2.3a); refused where the matter is there or higher already."""
    states.move(states.COMPLAINT, Action.ESCALATE, complaint.state)
    if not reason.strip():
        raise Refused(Why.REASON_MISSING)
    from_level = _level_of(by, complaint, roster)
    found: Level | None = None
    skipped: list[str] = []
    for level in (rung for rung in ladder.above(from_level) if rung >= Level.L2):
        names, why = ladder.holders(level, complaint, roster, rules, now)
        if names:
            found = level
            break
        skipped.append(f"{level}:{why}")
    if found is None:
        raise Refused(Why.NO_HIGHER_LEVEL, level=str(from_level))
    for step in live_steps(complaint):
        if step.cause in HANDLING and step.level >= found:
            raise Refused(
                Why.ALREADY, what=str(Action.ESCALATE), by=None, at=step.at.isoformat(), level=str(step.level)
            )
    decided = start(complaint, found, "by_hand", roster, rules, now, skipped=tuple(skipped))
    return Decision(decided.record, tuple(signed(event, by, reason) for event in decided.events))


def reached(complaint: Complaint) -> Level:
    """The highest level the handling itself has reached, where the ladder is taken up again (rule 5)."""
    return max((s.level for s in complaint.escalation.steps if s.cause in HANDLING), default=Level.L0)


def to_resume(complaint: Complaint) -> bool:
    """Whether a matter that came back unfinished still has to be told at the level reached before (rule 5)."""
    if complaint.finished or reached(complaint) < Level.L2:
        return False
    return not any(group[0].cause in HANDLING for group in climbs(complaint))


def one_up(
    complaint: Complaint, reason: str, roster: Roster, rules: Rules, now: datetime, clause: str
) -> Decision[Complaint]:
    """The level above the one reached, for example after two missed replies (CP-4.2.4)."""
    rungs = [level for level in ladder.above(reached(complaint)) if level >= Level.L2]
    return start(complaint, rungs[0] if rungs else Level.L6, reason, roster, rules, now, clause=clause)


def _find(
    level: Level, complaint: Complaint, roster: Roster, rules: Rules, now: datetime
) -> tuple[Level, tuple[str, ...], tuple[str, ...]]:
    passed: list[str] = []
    below = tuple(reversed([rung for rung in ladder.UPPER if rung < level]))
    for rung in (level, *ladder.above(level), *below):
        names, why = ladder.holders(rung, complaint, roster, rules, now)
        if names:
            return rung, names, tuple(passed)
        passed.append(f"{rung}:{why}")
    return level, (), tuple(passed)


def _repeat(
    complaint: Complaint, top: EscalationStep, roster: Roster, rules: Rules, now: datetime
) -> Decision[Complaint]:
    """The top again: the same step is pinged anew, and one more member of leadership with it."""
    if top.level is Level.L6:
        names = ladder.reserve(complaint, roster, rules, now)[: len(top.holders) + 1]
    else:
        names, _ = ladder.holders(top.level, complaint, roster, rules, now)
    ping_at = now if _at_once(complaint) else awake(now, rules)
    again = replace(top, holders=names or top.holders, ping_at=ping_at, pinged_at=now if ping_at <= now else None)
    if again.pinged_at is None:
        return Decision(with_step(complaint, again))
    return Decision(with_step(complaint, again), (Event("escalation.ping", "CP-4.2.3a", _told(again)),))


def _instruction(steps: Sequence[EscalationStep]) -> EscalationStep | None:
    """The instruction that holds the climb: the latest one, if nothing was escalated after it."""
    given = [(step.instructed_at, step.step, step) for step in steps if step.instructed_at is not None]
    if not given:
        return None
    instructed_at, _, latest = max(given)
    return None if any(step.at > instructed_at for step in steps) else latest


def _answerable(complaint: Complaint, step: int, by: str, *, copies: bool) -> EscalationStep:
    if not 1 <= step <= len(complaint.escalation.steps):
        raise Refused(Why.NOT_RAISED, step=step)
    found = complaint.escalation.steps[step - 1]
    if by not in found.holders and not (copies and by in found.copies):
        raise Refused(Why.NOT_YOURS, who=list(found.holders))
    if not holds(complaint, found):
        raise Refused(Why.WRONG_STATE, state=str(complaint.state), what="acknowledge")
    return found


def _above(other: EscalationStep, step: EscalationStep) -> bool:
    return (other.cause, other.subject) == (step.cause, step.subject) and other.level > step.level


def _level_of(by: str, complaint: Complaint, roster: Roster) -> Level:
    person: Person | None = roster.person(by)
    own = [step.level for step in live_steps(complaint) if by in step.holders]
    return max([_LEVEL_OF_ROLE.get(person.role, Level.L0) if person else Level.L0, *own])


def _at_once(complaint: Complaint) -> bool:
    """Urgent and group-transferred complaints ring at night too (D-33)."""
    return complaint.urgent or complaint.group_transferred


def with_step(complaint: Complaint, step: EscalationStep) -> Complaint:
    """The complaint with this line of the ladder in place of the one of the same number."""
    steps = tuple(step if known.step == step.step else known for known in complaint.escalation.steps)
    return replace(complaint, escalation=replace(complaint.escalation, steps=steps))


def _told(step: EscalationStep) -> dict[str, object]:
    return {
        "step": step.step,
        "level": str(step.level),
        "holders": list(step.holders),
        "copies": list(step.copies),
        "reason": step.reason,
        "cause": str(step.cause),
        "subject": step.subject,
    }


def signed(event: Event, by: str, words: str) -> Event:
    """The event with who caused it, and why."""
    return replace(event, data={**event.data, "by": by, "words": words})
