"""The operator's tables of config.toml: database, server, channels, delivery, media, log.

Descriptions are "Chinese / English"; the example file and the schema are generated from them.
"""

import base64
import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

MEBIBYTE = 1024 * 1024


def _no_switch(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("应为数字，不是 true/false / must be a number, not true/false")
    return value


Whole = Annotated[int, BeforeValidator(_no_switch)]
Number = Annotated[float, BeforeValidator(_no_switch), Field(allow_inf_nan=False)]
Line = Annotated[str, Field(max_length=400, pattern=r"^[^\x00-\x1f\x7f]*$")]


def _bare_root(value: str) -> str:
    """Accept http(s)://host[:port] alone; whoever uses the address adds the path."""
    if not value:
        return value
    try:
        parts = urlsplit(value)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    if not fits or parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc or " " in value:
        raise ValueError("应为 https://主机[:端口]，不带路径 / must be https://host[:port] without a path")
    return value.rstrip("/")


def _address(value: str) -> str:
    """Accept a whole web address, query and all."""
    if value and (not value.startswith(("http://", "https://")) or not urlsplit(value).hostname or " " in value):
        raise ValueError("应为 http(s):// 开头的网址 / must be a web address, http(s)://…")
    return value


def _database(value: str) -> str:
    """Accept the two drivers that Huiyin speaks, with a file or a database named."""
    if value.startswith("sqlite+aiosqlite:///"):
        file = value.removeprefix("sqlite+aiosqlite:///").split("?")[0]
        if not file or file.endswith("/") or ":memory:" in file:
            raise ValueError("SQLite 须写明文件 / SQLite needs a file: sqlite+aiosqlite:///var/huiyin.db")
        return value
    if value.startswith("postgresql+asyncpg://"):
        try:
            parts = urlsplit(value)
            fits = len(parts.path) > 1 and (parts.port is None or parts.port > 0)
        except ValueError:
            fits = False
        if fits:
            return value
        raise ValueError("PostgreSQL 须写明库名 / PostgreSQL needs a database: postgresql+asyncpg://host/huiyin")
    raise ValueError(
        "只支持 sqlite+aiosqlite:///文件 或 postgresql+asyncpg://主机/库 / "
        "only sqlite+aiosqlite:///file and postgresql+asyncpg://host/database are supported"
    )


Root = Annotated[Line, AfterValidator(_bare_root)]


class Table(BaseModel):
    """A table of the file: an unknown key is an error, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class DatabaseSettings(Table):
    """数据库 / Where everything is kept."""

    url: Annotated[Line, AfterValidator(_database)] = Field(
        "sqlite+aiosqlite:///var/huiyin.db",
        description="SQLite 文件或 PostgreSQL 地址 / a SQLite file or a PostgreSQL address",
    )
    pool_size: Whole = Field(10, ge=1, le=200, description="PostgreSQL 连接数 / PostgreSQL connections of one replica")
    statement_seconds: Whole = Field(
        30, ge=1, le=600, description="PostgreSQL 单条语句最多几秒 / longest statement on PostgreSQL, seconds"
    )
    lock_seconds: Whole = Field(
        10,
        ge=1,
        le=120,
        description="PostgreSQL 等锁、等连接最多几秒 / longest wait for a lock or connection, seconds",
    )
    busy_seconds: Whole = Field(10, ge=1, le=120, description="SQLite 等锁秒数 / how long SQLite waits for its lock")


class ServerSettings(Table):
    """网页服务 / The HTTP server."""

    host: Line = Field("127.0.0.1", min_length=1, description="监听地址 / address to listen on")
    port: Whole = Field(8080, ge=0, le=65535, description="端口，0 为任意 / port, 0 takes any free one")
    public_url: Root = Field("", description="外网地址，没有则留空 / address seen from outside, empty if none")
    forwarded: bool = Field(
        False, description="采信反向代理的 X-Forwarded-* / believe X-Forwarded-* headers of a proxy in front"
    )
    shutdown_seconds: Whole = Field(
        20,
        ge=2,
        le=300,
        description="停机信号后最多几秒退出 / seconds from the stop signal until it is gone",
    )
    stalled_seconds: Whole = Field(
        30, ge=2, le=3600, description="几秒没转完一圈算卡住（/healthz） / no pass for so long: stalled (/healthz)"
    )
    head_seconds: Whole = Field(
        10, ge=1, le=120, description="请求头最多几秒发完 / seconds within which a request's head must come"
    )
    body_seconds: Whole = Field(
        120, ge=1, le=3600, description="请求体最多几秒发完 / seconds within which a request's body must come"
    )
    disk_floor_mb: Whole = Field(
        200, ge=0, le=1_000_000, description="磁盘至少剩几 MiB（/readyz） / free disk space wanted, MiB (/readyz)"
    )


class ConsoleSettings(Table):
    """网页控制台 / The web console."""

    enabled: bool = Field(False, description="是否开启（demo 总是开启） / whether it is served (always in demo)")
    access_key: SecretStr = Field(
        SecretStr(""),
        description="访问密钥，至少 16 位，宜用环境变量 / access key, 16 characters or more, best from the environment",
    )

    @model_validator(mode="after")
    def _long_enough(self) -> "ConsoleSettings":
        key = self.access_key.get_secret_value()
        if key and not re.fullmatch(r"[!-~]{16,200}", key):
            raise ValueError("access_key 须为 16 位以上可见字符 / access_key needs 16 or more visible ASCII characters")
        return self


class TelegramSettings(Table):
    """Telegram / Telegram."""

    token: SecretStr = Field(SecretStr(""), description="机器人令牌，空则不启用 / bot token, empty leaves Telegram off")
    mode: Literal["polling", "webhook"] = Field("polling", description="收信方式 / how updates are received")
    api_base: Root = Field("https://api.telegram.org", min_length=1, description="接口根地址 / bare root of the API")
    webhook_secret: SecretStr = Field(SecretStr(""), description="webhook 校验串 / secret sent with each webhook call")

    @model_validator(mode="after")
    def _well_formed(self) -> "TelegramSettings":
        token, secret = self.token.get_secret_value(), self.webhook_secret.get_secret_value()
        if token and not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", token):
            raise ValueError("token 格式应为 数字:字母 / token must look like 123456:ABC-def")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise ValueError("webhook_secret 只能用字母数字_- / webhook_secret takes A-Z a-z 0-9 _ - only")
        if token and self.mode == "webhook" and not secret:
            raise ValueError("webhook 方式须填 webhook_secret / mode webhook needs webhook_secret")
        return self


class ServiceAccount(Table):
    """微信客服账号 / A customer-contact account (kf) and the site it answers for."""

    site: Line = Field(min_length=1, description="楼盘 / site")
    open_kfid: Line = Field(min_length=1, description="客服账号 / account id")


class WecomSettings(Table):
    """企业微信 / WeChat Work."""

    corp_id: Line = Field("", description="企业 ID，空则不启用 / corporation id, empty leaves WeChat Work off")
    agent_id: Whole = Field(0, ge=0, description="应用 ID / application id")
    secret: SecretStr = Field(SecretStr(""), description="应用密钥 / application secret")
    token: SecretStr = Field(SecretStr(""), description="回调 Token / callback token")
    aes_key: SecretStr = Field(SecretStr(""), description="回调 EncodingAESKey，43 位 / callback key, 43 characters")
    api_base: Root = Field("https://qyapi.weixin.qq.com", min_length=1, description="接口根地址 / bare root of the API")
    kf: tuple[ServiceAccount, ...] = Field(
        (), max_length=100, description="各楼盘的微信客服账号 / kf account of each site"
    )

    @model_validator(mode="after")
    def _complete(self) -> "WecomSettings":
        secrets = {"secret": self.secret, "token": self.token, "aes_key": self.aes_key}
        missing = [name for name, value in secrets.items() if not value.get_secret_value()]
        if self.corp_id and (missing or not self.agent_id):
            names = ", ".join([*missing, *([] if self.agent_id else ["agent_id"])])
            raise ValueError(f"填了 corp_id 还须填 {names} / corp_id also needs {names}")
        if not missing and not re.fullmatch(r"[A-Za-z0-9+/]{43}", self.aes_key.get_secret_value()):
            raise ValueError("aes_key 应为 43 位字母数字 / aes_key must be 43 letters and digits")
        if len({account.open_kfid for account in self.kf}) < len(self.kf):
            raise ValueError("kf 里 open_kfid 重复 / the same open_kfid stands twice in kf")
        return self


class DeliverySettings(Table):
    """发送 / Sending: parallel lanes, rates of the channels, how long a message is worth sending."""

    lanes: Whole = Field(8, ge=1, le=64, description="并行发送数 / messages sent at once per channel account")
    lease_seconds: Whole = Field(60, ge=5, le=600, description="发送租约秒数 / lease on a message being sent")
    max_attempts: Whole = Field(8, ge=1, le=50, description="最多重试次数 / attempts before the next way is taken")
    holder_seconds: Whole = Field(
        15, ge=3, le=600, description="副本故障后几秒由别的副本接手发送 / a dead replica's account is taken over after"
    )
    timeout_seconds: Whole = Field(
        20, ge=1, le=300, description="一次调用最多几秒 / longest call to a service, seconds"
    )
    backoff_seconds: Number = Field(
        1.0, gt=0, le=60, description="首次重试前几秒，逐次加倍 / wait before the second try, doubled each time"
    )
    backoff_cap_seconds: Number = Field(300.0, gt=0, le=3600, description="重试间隔上限 / longest wait between tries")
    repeat_unknown: tuple[Literal["urgent", "reply", "bulk"], ...] = Field(
        ("urgent", "reply"),
        description="不知是否送到时，哪些宁可重发也不可漏发 / lanes where a doubled message is better than none",
    )
    urgent_stuck_seconds: Whole = Field(
        120, ge=10, le=86_400, description="急件几秒发不出去就报警 / an urgent ping unsent for so long is an alarm"
    )
    stuck_seconds: Whole = Field(
        900, ge=10, le=604_800, description="答复几秒发不出去就报警 / a reply unsent for so long is an alarm"
    )
    telegram_per_second: Number = Field(
        29.5, gt=0, le=1000, description="Telegram 每秒总数 / Telegram, all chats a second"
    )
    telegram_chat_per_second: Number = Field(
        1.0, gt=0, le=100, description="Telegram 每会话每秒 / Telegram, one chat a second"
    )
    telegram_group_per_minute: Number = Field(
        20.0, gt=0, le=1000, description="Telegram 每群每分钟 / Telegram, one group a minute"
    )
    wecom_per_minute: Number = Field(
        600.0, gt=0, le=100_000, description="企业微信每分钟总数 / WeChat Work, all a minute"
    )
    wecom_person_per_minute: Number = Field(
        30.0, gt=0, le=1000, description="企业微信每人每分钟 / WeChat Work, one person a minute"
    )
    urgent_hours: Whole = Field(
        24, ge=1, le=168, description="急件有效小时 / an urgent ping is worth sending this long"
    )
    reply_hours: Whole = Field(24, ge=1, le=168, description="回复有效小时 / a reply is worth sending this long")
    bulk_hours: Whole = Field(48, ge=1, le=336, description="群发有效小时 / a bulk message is worth sending this long")

    @model_validator(mode="after")
    def _lease_outlives_the_call(self) -> Self:
        if self.lease_seconds < 2 * self.timeout_seconds:
            raise ValueError(
                "lease_seconds 至少为 timeout_seconds 的两倍 / lease_seconds must be at least twice timeout_seconds"
            )
        return self


class HeartbeatSettings(Table):
    """值守 / Watching over the desk itself: an alarm when something is overdue, a sign of life when nothing is."""

    url: Annotated[Line, AfterValidator(_address)] = Field(
        "",
        description="一切正常时定时访问的网址（看门狗） / a dead-man's switch elsewhere, visited while all is well",
    )
    every_seconds: Whole = Field(60, ge=5, le=3600, description="几秒检查一次 / seconds between two looks")
    grace_seconds: Whole = Field(
        120, ge=5, le=86_400, description="过时几秒才算数 / lateness that is not yet worth an alarm, seconds"
    )
    operators: tuple[Line, ...] = Field(
        (), max_length=20, description="收报警的人的手机号，须在花名册里 / phones of those to be told, from the roster"
    )
    repeat_minutes: Whole = Field(60, ge=5, le=1440, description="未解决时几分钟再报一次 / an alarm comes again after")


class MediaSettings(Table):
    """图片与文件 / Photos and files."""

    folder: Line = Field("var/media", min_length=1, description="存放目录 / where they are kept")
    max_bytes: Whole = Field(
        20 * MEBIBYTE, ge=1024, le=200 * MEBIBYTE, description="单个上限（字节） / largest file, bytes"
    )
    max_pixels: Whole = Field(
        50_000_000, ge=10_000, le=300_000_000, description="图片像素上限 / largest picture, pixels"
    )
    max_files: Whole = Field(9, ge=1, le=50, description="一次最多几个 / files in one answer")
    seal_keys: tuple[SecretStr, ...] = Field(
        (),
        max_length=10,
        description="证件加密密钥，32 字节 base64，新的在前，宜用环境变量 / "
        "keys to encrypt identity papers, 32 bytes in base64, the newest first, best from the environment",
    )
    types: tuple[Line, ...] = Field(
        (
            "image/jpeg",
            "image/png",
            "image/webp",
            "image/gif",
            "application/pdf",
            "audio/ogg",
            "audio/amr",
            "video/mp4",
        ),
        min_length=1,
        max_length=50,
        description="接受的类型 / accepted types",
    )

    @field_validator("seal_keys")
    @classmethod
    def _keys(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for key in keys:
            try:
                good = len(base64.b64decode(key.get_secret_value(), validate=True)) == 32
            except ValueError:
                good = False
            if not good:
                raise ValueError("应为 32 字节的 base64 / must be 32 bytes in base64")
        return keys


class RetentionSettings(Table):
    """保存期限（天），到期逐夜清理，依法保全者除外 / Days kept; pruned every night, legal holds aside."""

    time: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        "03:30", description="每天几点清理（北京时间） / when each day, Shanghai time"
    )
    inbox_days: Whole = Field(30, ge=7, le=3660, description="已处理的来信 / handled incoming messages")
    drafts_days: Whole = Field(90, ge=7, le=3660, description="对话答案 / answers of conversations")
    outbox_days: Whole = Field(730, ge=30, le=3660, description="发送台账 / the ledger of sent messages")
    console_days: Whole = Field(730, ge=30, le=3660, description="网页消息 / message lists of the console")
    threads_days: Whole = Field(1095, ge=30, le=3660, description="人工对话 / threads with the front desk")
    read_log_days: Whole = Field(1095, ge=180, le=3660, description="查阅记录 / the log of who read what")
    media_days: Whole = Field(
        1095, ge=30, le=3660, description="图片文件，自归档起 / photos and files, from the filing of their matter"
    )
    unused_media_days: Whole = Field(7, ge=1, le=366, description="没有用上的文件 / files nobody ever used")
    backups_days: Whole = Field(35, ge=7, le=3660, description="备份文件 / backup files")
    backups_folder: Line = Field(
        "", description="备份目录，空则不清理 / folder of backups to prune, empty leaves them alone"
    )


class LogSettings(Table):
    """日志 / The log."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="级别 / level")
    format: Literal["auto", "json", "text"] = Field(
        "auto", description="格式，auto：终端为文本 / auto is text on a terminal"
    )
