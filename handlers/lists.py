"""Paged lists: one line a complaint with its state and what is due next in words; each line opens the record."""

from collections.abc import Sequence

from bot.dialogue.message import Choice, Reply, act
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _, join
from domain import clocks
from domain.complaint import Complaint
from domain.ladder import hidden_from
from handlers.office import Office
from handlers.wording import STATES, kind_name, place_name, remaining

PER_PAGE = 7


async def page(
    title: Text,
    complaints: Sequence[Complaint],
    press: Press,
    office: Office,
    *,
    action: str,
    empty: Text,
    extra: tuple[Choice, ...] = (),
) -> Reply:
    """One page of the list; the page number travels as the step of the paging buttons, which edit the message."""
    complaints = [complaint for complaint in complaints if not hidden_from(press.person, complaint)]
    if not complaints:
        return Reply(empty, choices=extra, edit=press.on is not None and bool(press.step))
    pages = -(-len(complaints) // PER_PAGE)
    number = min(max(int(press.step) if press.step.isdigit() else 1, 1), pages)
    shown = complaints[(number - 1) * PER_PAGE : number * PER_PAGE]
    heading = _("{title}（{count} 条，第 {page}/{pages} 页）") if pages > 1 else _("{title}（{count} 条）")
    lines = [_line(index, complaint, office) for index, complaint in enumerate(shown, 1)]
    opening = tuple(act(_label(c, office), "open", c.number) for c in shown)
    turning = []
    if number > 1:
        turning.append(act(_("上一页"), action, "", str(number - 1)))
    if number < pages:
        turning.append(act(_("下一页"), action, "", str(number + 1)))
    return Reply(
        join(heading.format(title=title, count=len(complaints), page=number, pages=pages), *lines),
        choices=(*opening, *turning, *extra),
        edit=bool(press.on and press.step),
    )


def _line(index: int, complaint: Complaint, office: Office) -> Text:
    rules = office.rules(complaint.site)
    promises = clocks.promises(complaint, rules)
    next_due = min((promise.due_at for promise in promises), default=None)
    line = _("{index}. {sign}{place} · {kind}：{state}").format(
        index=index,
        sign="⚠ " if complaint.urgent else "",
        place=place_name(complaint),
        kind=kind_name(complaint.kind, rules),
        state=STATES[complaint.state],
    )
    return _("{line}，{due}").format(line=line, due=remaining(next_due, office.now)) if next_due else line


def _label(complaint: Complaint, office: Office) -> Text:
    return _("{place} {kind}").format(
        place=place_name(complaint), kind=kind_name(complaint.kind, office.rules(complaint.site))
    )
