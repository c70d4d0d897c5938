"""The field's words as codes (glossary §1): roles, departments, kinds of record."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is to the company; residents first, then staff (glossary §1.2, §1.3)."""

    OWNER = "owner"
    LESSEE = "lessee"
    AGENT = "agent"
    FAMILY_MEMBER = "family_member"
    CALLER = "caller"
    """Whoever is known by name and telephone only: not on the list of the unit, or no resident at all."""
    FRONT_DESK = "front_desk"
    CS_SUPERVISOR = "cs_supervisor"
    CS_HEAD = "cs_head"
    DEPARTMENT_HEAD = "department_head"
    SITE_MANAGER = "site_manager"
    LEADERSHIP = "leadership"
    GM = "gm"
    MGMT_REP = "mgmt_rep"
    OMBUDSMAN = "ombudsman"
    PROPERTY_ASSISTANT = "property_assistant"
    HANDOVER_OFFICER = "handover_officer"
    TECHNICIAN = "technician"
    GUARD = "guard"
    CASHIER = "cashier"
    ARCHIVIST = "archivist"
    RECORDER = "recorder"
    CALLBACK_CALLER = "callback_caller"
    DEFECT_VISITOR = "defect_visitor"
    QUALITY_OFFICER = "quality_officer"
    EMPLOYEE = "employee"
    GUEST = "guest"
    """Whoever writes from an address that is bound to nobody: neither resident nor staff until they are known."""
    GROUP = "group"
    """A group chat of a department or of the supervisors: it is told things, it never acts."""


RESIDENTS = frozenset({Role.OWNER, Role.LESSEE, Role.AGENT, Role.FAMILY_MEMBER, Role.CALLER})
OUTSIDE = frozenset({Role.CALLER, Role.GUEST, Role.GROUP})
"""On no roster."""
STAFF = frozenset(set(Role) - RESIDENTS - OUTSIDE)


class Department(StrEnum):
    """The departments of a site and of the company (glossary §1.4)."""

    CS = "dept_cs"
    PROPERTY = "dept_property"
    ENGINEERING = "dept_engineering"
    SECURITY = "dept_security"
    CLEANING = "dept_cleaning"
    ADMINISTRATION = "dept_administration"
    QUALITY = "dept_quality"


class Relation(StrEnum):
    """How a resident is bound to a unit (roster column `relation`)."""

    OWNER = "owner"
    LESSEE = "lessee"
    AGENT = "agent"
    FAMILY_MEMBER = "family_member"


class Level(StrEnum):
    """The rungs of the escalation ladder (§2), lowest first."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"
    L5 = "L5"
    L6 = "L6"
