// The console's HTTP API, as scripts use it too.

export class Refused extends Error {
  constructor(status, code, retryAfter) {
    super(code);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

export class Offline extends Error {}

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Offline();
  }
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  const retryAfter = Number(response.headers.get("Retry-After")) || 1;
  throw new Refused(response.status, body?.error?.code ?? "internal", retryAfter);
}

export const get = (path, options) => request(path, options);

export const post = (path, body) =>
  body instanceof FormData
    ? request(path, { method: "POST", body })
    : request(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });

export const remove = (path) => request(path, { method: "DELETE" });

export const messagesOf = (person) => `/api/people/${encodeURIComponent(person)}/messages`;

export function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
