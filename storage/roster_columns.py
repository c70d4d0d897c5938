"""The roster's sheets and columns (design §4) and the words that are understood in them."""

from dataclasses import dataclass

from domain.glossary import Department, Relation, Role


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `headings` are what it may be called, the code first. `needed` cells may not be empty."""

    code: str
    headings: tuple[str, ...]
    needed: bool = False


@dataclass(frozen=True, slots=True)
class SheetShape:
    """One sheet, or one CSV file of that name."""

    code: str
    names: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, heading: str) -> Column | None:
        """The column with this heading, whatever its case and spaces."""
        word = heading.strip().lower().replace(" ", "_")
        return next((column for column in self.columns if word in column.headings), None)


def _column(code: str, *chinese: str, needed: bool = False) -> Column:
    return Column(code, (code, *chinese), needed)


SITES = SheetShape(
    "sites",
    ("sites", "管理处", "楼盘"),
    (
        _column("site", "管理处", "楼盘", needed=True),
        _column("company", "公司"),
        _column("group", "集团"),
        _column("timezone", "时区"),
    ),
)
UNITS = SheetShape(
    "units",
    ("units", "房屋", "户"),
    (
        _column("site", "管理处", "楼盘", needed=True),
        _column("building", "楼宇", "楼栋", needed=True),
        _column("unit", "房号", "户", needed=True),
        _column("area", "面积"),
        _column("kind", "户型", "类型"),
    ),
)
PEOPLE = SheetShape(
    "people",
    ("people", "业户", "业主"),
    (
        _column("name", "姓名", needed=True),
        _column("phone", "电话", "手机", needed=True),
        _column("site", "管理处", "楼盘", needed=True),
        _column("unit", "房号", "户", needed=True),
        _column("relation", "身份", "关系", needed=True),
        _column("key_resident", "重要业户"),
        _column("language", "语言"),
        _column("telegram_id", "telegram"),
        _column("wecom_external_userid", "企业微信外部联系人"),
    ),
)
STAFF = SheetShape(
    "staff",
    ("staff", "员工", "人员"),
    (
        _column("name", "姓名", needed=True),
        _column("phone", "电话", "手机", needed=True),
        _column("role", "岗位", "角色", needed=True),
        _column("department", "部门"),
        _column("site", "管理处", "楼盘"),
        _column("buildings", "负责楼宇", "楼宇"),
        _column("duty", "当班"),
        _column("rank", "排序", "次序"),
        _column("deputy", "代理人", "替班"),
        _column("leave_from", "休假开始"),
        _column("leave_to", "休假结束"),
        _column("left", "离职"),
        _column("language", "语言"),
        _column("telegram_id", "telegram"),
        _column("wecom_userid", "企业微信"),
    ),
)
SHEETS = (SITES, UNITS, PEOPLE, STAFF)

ROLES = {
    Role.OWNER: ("业主",),
    Role.LESSEE: ("租户", "承租人"),
    Role.AGENT: ("代理人",),
    Role.FAMILY_MEMBER: ("家庭成员", "家属"),
    Role.FRONT_DESK: ("前台", "客服前台"),
    Role.CS_SUPERVISOR: ("客服主管",),
    Role.CS_HEAD: ("客户服务部负责人", "客服负责人"),
    Role.DEPARTMENT_HEAD: ("部门负责人", "部门主管"),
    Role.SITE_MANAGER: ("管理处主任", "管理处负责人", "楼盘负责人"),
    Role.LEADERSHIP: ("公司领导", "领导"),
    Role.GM: ("总经理",),
    Role.MGMT_REP: ("管理者代表",),
    Role.OMBUDSMAN: ("督导员",),
    Role.PROPERTY_ASSISTANT: ("物业助理",),
    Role.HANDOVER_OFFICER: ("管理员", "入伙管理员"),
    Role.TECHNICIAN: ("维修技工", "技工"),
    Role.GUARD: ("保安员", "保安"),
    Role.CASHIER: ("收款员",),
    Role.ARCHIVIST: ("档案管理员",),
    Role.RECORDER: ("记录人员",),
    Role.CALLBACK_CALLER: ("回访专员", "公司专人"),
    Role.DEFECT_VISITOR: ("上门回访专人",),
    Role.QUALITY_OFFICER: ("品质专员", "品质部人员"),
    Role.EMPLOYEE: ("员工", "职员"),
}
RELATIONS = {relation: ROLES[Role(relation)] for relation in Relation}
DEPARTMENTS = {
    Department.CS: ("客户服务部", "服务中心", "综合管理部"),
    Department.PROPERTY: ("物业部",),
    Department.ENGINEERING: ("工程维护部", "工程维修部", "工程部"),
    Department.SECURITY: ("保安部",),
    Department.CLEANING: ("环卫部", "清洁部"),
    Department.ADMINISTRATION: ("行政管理部", "行政人事部", "人事行政部"),
    Department.QUALITY: ("品质管理部", "品质部"),
}
YES = frozenset({"yes", "y", "true", "1", "是", "对", "√"})
NO = frozenset({"no", "n", "false", "0", "否", "不"})
LANGUAGES = {"zh": ("中文", "汉语"), "en": ("英文", "英语", "english")}
