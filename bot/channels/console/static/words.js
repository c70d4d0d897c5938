// The page's own words in two languages. What the bot says comes in the person's language from the server.

import { memory } from "./dom.js";

export const WORDS = {
  zh: {
    demo: "演示", language: "English", addPane: "打开对话", closePane: "关闭与{name}的对话", conversation: "与{name}的对话",
    records: "事项", hideRecords: "收起事项", search: "搜姓名、房号、岗位", nobody: "没有找到。", showAll: "全部 {n} 人", close: "关闭", alreadyOpen: "已打开",
    allSites: "全部楼盘", write: "发消息…", writeTo: "给回音发消息（{name}）", send: "发送", attach: "添加照片或文件", camera: "拍照", drop: "松开即可添加",
    removeFile: "不发 {name}", sending: "发送中", notSent: "没有发出", retry: "重试", discard: "删除", updated: "已更新", bot: "回音",
    saysBot: "回音说：", saysMe: "{name}说：", replyTo: "回复", closedChoice: "已失效", chosen: "已选", choices: "可选", newBelow: "有新消息", unread: "{n} 条未读",
    earlier: "更早的消息", empty: "还没有消息。说点什么试试，比如“帮助”。", open: "查看大图 {name}", previous: "上一张", following: "下一张",
    download: "打开原件", clock: "演示时钟", moving: "时间前进中…", moved: "现在是 {now}", m5: "+5 分", h1: "+1 小时", h12: "+12 小时",
    d1: "+1 天", nextDue: "到下一个时限", noDue: "眼下没有待到的时限。", due: "接下来", dueAt: "{at} 前", noRecords: "还没有事项。投诉受理后会出现在这里。",
    steps: "经过", noSteps: "还没有经过。", viewAs: "{name}看到的", choose: "选择事项", nothingDue: "没有待办的时限。", dueLater: "之后还有 {n} 项", waiting: "有新消息",
    live: "实时", reconnecting: "连接中断，正在重连…", polling: "实时连接不可用，改为定时刷新", signIn: "输入一次性登录码", code: "登录码", enter: "进入",
    codeHint: "登录码由前台或管理员发给您，只能用一次。", signOut: "退出", wrongCode: "登录码不对、用过了或已过期。", panes: "对话", people: "选择人物", suggestedPeople: "常用", otherPeople: "其他",
    noPanes: "还没有打开的对话。", keys: "快捷键：Alt+1…9 切换对话，Alt+N 打开对话，Alt+R 事项", tooMany: "最多同时打开 {n} 个对话，请先关掉一个。",
    fileTooLarge: "{name} 超过 20 MB，未添加。", tooManyFiles: "一次最多 10 个文件。", slow: "发得有点快，{n} 秒后自动重发…",
    error_bad_json: "内容有误，请重试。", error_bad_request: "这条内容发不出去，请改一改再发。", error_unknown_person: "找不到这个人了，请刷新页面。",
    error_unknown_message: "这条消息已不在了。", error_not_allowed: "没有权限，或登录已过期。", error_too_large: "内容太长或文件太大（文字 8000 字、文件 20 MB 以内）。",
    error_no_room: "服务器空间满了，文件没存上，请稍后再发。文字可以照常发。", error_unsupported_media: "这种文件收不了，请发照片或 PDF。", error_gone: "链接已过期，请重试。", error_rate_limited: "发得太快了，请稍等再试。",
    error_internal: "我们这边出了点问题，请稍后重试。", error_offline: "连不上服务器，请检查网络后重试。",
  },
  en: {
    demo: "Demo", language: "中文", addPane: "Open a chat", closePane: "Close the chat with {name}", conversation: "Chat of {name}",
    records: "Records", hideRecords: "Hide records", search: "Name, unit or role", nobody: "Nobody found.", showAll: "All {n}", close: "Close", alreadyOpen: "open",
    allSites: "All sites", write: "Message…", writeTo: "Message Huiyin as {name}", send: "Send", attach: "Add photos or files", camera: "Take a photo", drop: "Drop to add",
    removeFile: "Leave out {name}", sending: "Sending", notSent: "Not sent", retry: "Try again", discard: "Delete", updated: "Updated", bot: "Huiyin",
    saysBot: "Huiyin says:", saysMe: "{name} says:", replyTo: "Reply to", closedChoice: "no longer open", chosen: "chosen", choices: "Choices", newBelow: "New messages", unread: "{n} unread",
    earlier: "Earlier messages", empty: "Nothing yet. Say something, for example “help”.", open: "Enlarge {name}", previous: "Previous", following: "Next",
    download: "Open the original", clock: "Demo clock", moving: "Moving the clock…", moved: "It is now {now}", m5: "+5 min", h1: "+1 h", h12: "+12 h",
    d1: "+1 day", nextDue: "To the next due", noDue: "Nothing is due.", due: "Due next", dueAt: "by {at}", noRecords: "No records yet. A complaint appears here once it is received.",
    steps: "Timeline", noSteps: "Nothing has happened yet.", viewAs: "As {name} sees it", choose: "Choose a record", nothingDue: "Nothing is due.", dueLater: "{n} more after that", waiting: "New messages",
    live: "Live", reconnecting: "Connection lost, reconnecting…", polling: "No live connection; refreshing regularly", signIn: "Enter your one-time code", code: "Code", enter: "Enter",
    codeHint: "The front desk or the operator gives you a code. It works once.", signOut: "Sign out", wrongCode: "That code is wrong, used or expired.", panes: "Chats", people: "Choose a person", suggestedPeople: "Often used", otherPeople: "Others",
    noPanes: "No chat is open.", keys: "Keys: Alt+1…9 switch chats, Alt+N opens a chat, Alt+R records", tooMany: "At most {n} chats at once; please close one first.",
    fileTooLarge: "{name} is larger than 20 MB and was not added.", tooManyFiles: "At most 10 files at once.", slow: "A little fast: sending again in {n} s…",
    error_bad_json: "Something was wrong with that; please try again.", error_bad_request: "That cannot be sent; please change it.", error_unknown_person: "This person is no longer there; please reload.",
    error_unknown_message: "That message is no longer there.", error_not_allowed: "Not allowed, or the session is over.", error_too_large: "Too long or too large (text 8,000 characters, files 20 MB).",
    error_no_room: "The server is full and did not keep the file; please send it again later. Text still works.", error_unsupported_media: "This kind of file is not taken; photos or PDF please.", error_gone: "The link has expired; please try again.", error_rate_limited: "Too fast; please wait a moment.",
    error_internal: "Something went wrong on our side; please try again later.", error_offline: "The server cannot be reached; check the network and try again.",
  },
};

const ROLES = {
  owner: ["业主", "Owner"], lessee: ["租户", "Lessee"], agent: ["代理人", "Agent"], family_member: ["家庭成员", "Family member"],
  resident: ["业户", "Resident"], front_desk: ["前台", "Front desk"], cs_supervisor: ["客服主管", "CS supervisor"],
  cs_head: ["客户服务部负责人", "Head of CS"], department_head: ["部门负责人", "Department head"], site_manager: ["管理处主任", "Site manager"],
  leadership: ["公司领导", "Leadership"], duty_leader: ["当值领导", "Duty leader"], gm: ["总经理", "General manager"],
  president: ["总裁", "President"], vice_president: ["副总裁", "Vice president"], mgmt_rep: ["管理者代表", "Management representative"],
  ombudsman: ["督导员", "Ombudsman"], property_assistant: ["物业助理", "Property assistant"], handover_officer: ["管理员", "Handover officer"],
  technician: ["维修技工", "Technician"], guard: ["保安员", "Guard"], cashier: ["收款员", "Cashier"], archivist: ["档案管理员", "Archivist"],
  recorder: ["记录人员", "Recorder"], director: ["董事", "Director"], callback_caller: ["回访专员", "Callback caller"],
  defect_visitor: ["上门回访专员", "Defect visitor"], handler: ["投诉处理人", "Handler"],
};

const DEPARTMENTS = {
  dept_cs: ["客户服务部", "Customer service"], dept_property: ["物业部", "Property"], dept_engineering: ["工程维护部", "Engineering"],
  dept_security: ["保安部", "Security"], dept_cleaning: ["环卫部", "Cleaning"], dept_administration: ["行政管理部", "Administration"],
  dept_quality: ["品质管理部", "Quality"], group_quality: ["全质办", "Group quality office"],
  group_service_centre: ["集团客户服务中心", "Group service centre"], dept_sales: ["销售部", "Sales"], forum_desk: ["房地产E网", "Web forum desk"],
};

export const ROLE_ORDER = Object.keys(ROLES);
export const RESIDENTS = new Set(["owner", "lessee", "agent", "family_member", "resident"]);

let language = memory.get("language", "zh");
let zone = "Asia/Shanghai";

export const currentLanguage = () => language;
export const setZone = (name) => (zone = name);

export function setLanguage(chosen) {
  language = chosen;
  memory.set("language", chosen);
}

export function t(key, values = {}) {
  const text = WORDS[language][key] ?? WORDS.zh[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

const named = (table, code) => table[code]?.[language === "zh" ? 0 : 1] ?? code ?? "";
export const roleName = (code) => named(ROLES, code);
export const departmentName = (code) => named(DEPARTMENTS, code);

export function placeOf(person) {
  const place = RESIDENTS.has(person.role) ? person.unit : person.department && departmentName(person.department);
  return [roleName(person.role), place].filter(Boolean).join(" · ");
}

export function errorText(error) {
  const code = error.code ?? "offline";
  return WORDS[language][`error_${code}`] ? t(`error_${code}`) : t("error_internal");
}

const format = (at, options) =>
  new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { timeZone: zone, ...options }).format(new Date(at));

export const clockTime = (at) => format(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const dayName = (at) => format(at, { month: "long", day: "numeric", weekday: "short" });
export const shortDay = (at) => format(at, { month: "numeric", day: "numeric" });
export const dayAndTime = (at) => `${dayName(at)} ${clockTime(at)}`;
