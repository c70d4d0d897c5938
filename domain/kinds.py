"""What complaints are about: the kinds a site offers, and which department and urgency each one proposes (D-45)."""

from dataclasses import dataclass

from domain.glossary import Department


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of complaint; `code` is what is stored, `keywords` let the opening message propose it."""

    code: str
    name: str
    name_en: str
    department: Department
    keywords: tuple[str, ...] = ()
    urgent: bool = False


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Urgent kinds first: where keywords of two kinds match equally well, the earlier one is proposed.
DEFAULT_KINDS = (
    Kind(
        "lift_trapped",
        "电梯困人",
        "People trapped in a lift",
        Department.ENGINEERING,
        _words("困梯 困在电梯 电梯困人 被困电梯 关在电梯 卡在电梯"),
        urgent=True,
    ),
    Kind(
        "fire_gas",
        "消防燃气",
        "Fire or gas",
        Department.SECURITY,
        _words("着火 起火 火灾 失火 冒烟 燃气 煤气 天然气 漏气 消防"),
        urgent=True,
    ),
    Kind(
        "water_burst",
        "水管爆裂",
        "Burst water pipe",
        Department.ENGINEERING,
        _words("爆管 水管爆 爆裂 水浸 喷水 淹水 跑水"),
        urgent=True,
    ),
    Kind(
        "injury",
        "人身伤害",
        "Injury",
        Department.SECURITY,
        _words("受伤 砸伤 摔伤 咬伤 触电 流血 伤人 打人"),
        urgent=True,
    ),
    Kind("lift", "电梯", "Lift", Department.ENGINEERING, _words("电梯 升降机 轿厢 梯门")),
    Kind(
        "leak",
        "漏水渗水",
        "Leak or seepage",
        Department.ENGINEERING,
        _words("漏水 渗水 滴水 渗漏 返潮 屋顶漏 天花板漏 外墙渗"),
    ),
    Kind(
        "water_power",
        "水电故障",
        "Water or power fault",
        Department.ENGINEERING,
        _words("停水 停电 没水 没电 跳闸 断电 水压 路灯 楼道灯 灯不亮 灯坏 下水道 堵塞 马桶"),
    ),
    Kind(
        "facility",
        "公共设施",
        "Public facilities",
        Department.ENGINEERING,
        _words("门禁 大门坏 对讲 健身器材 儿童乐园 围栏 路面 井盖 监控"),
    ),
    Kind(
        "cleaning",
        "保洁卫生",
        "Cleaning",
        Department.CLEANING,
        _words("卫生 垃圾 打扫 保洁 异味 臭味 脏 蚊虫 老鼠 蟑螂"),
    ),
    Kind(
        "security",
        "安保秩序",
        "Security and order",
        Department.SECURITY,
        _words("保安 陌生人 被盗 小偷 偷 丢失 打架 秩序 高空抛物 巡逻 推销 遛狗 养狗"),
    ),
    Kind(
        "noise",
        "噪音扰民",
        "Noise",
        Department.SECURITY,
        _words("噪音 噪声 扰民 太吵 吵闹 好吵 广场舞 深夜施工 装修声 音响"),
    ),
    Kind("parking", "停车", "Parking", Department.SECURITY, _words("停车 车位 占位 乱停 堵车 道闸 充电桩 电动车 车库")),
    Kind("greenery", "绿化", "Greenery", Department.CLEANING, _words("绿化 树木 树枝 草坪 草地 花坛 修剪 树倒")),
    Kind(
        "renovation",
        "装修违规",
        "Renovation against the rules",
        Department.PROPERTY,
        _words("装修 违建 乱搭 砸墙 承重墙 搭建"),
    ),
    Kind(
        "fees",
        "收费",
        "Fees",
        Department.ADMINISTRATION,
        _words("收费 物业费 管理费 停车费 水费 电费 账单 乱收 发票 押金 费用"),
    ),
    Kind(
        "attitude",
        "服务态度",
        "Service attitude",
        Department.CS,
        _words("态度 服务差 骂人 不理 推诿 没人管 没人接 不负责"),
    ),
    Kind("other", "其他", "Something else", Department.CS),
)
