/** One HTTP question, and an answer that never throws. */
import { withBase } from "../routing/base_path";

export type Answer<T> = { ok: true; value: T } | { ok: false; code: string };

/** The header that says who asks. */
export function bearer(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** A request by whoever has this token. */
export function withToken(token: string | null): RequestInit {
  return { headers: bearer(token) };
}

/** Ask for JSON. A refusal has the protocol's code, or `unreachable`. */
export async function requestJson<T>(path: string, init?: RequestInit): Promise<Answer<T>> {
  try {
    const response = await fetch(withBase(path), init);
    const body = (await response.json().catch(() => ({}))) as T & { code?: string };
    if (response.ok) return { ok: true, value: body };
    return { ok: false, code: body.code ?? (response.status === 429 ? "too_many" : "unreachable") };
  } catch {
    return { ok: false, code: "unreachable" };
  }
}

/** Ask for a file; null if that failed. */
export async function requestBlob(path: string, init?: RequestInit): Promise<Blob | null> {
  try {
    const response = await fetch(withBase(path), init);
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
}

/** Whether something answers well at this path. */
export async function isAnswered(path: string): Promise<boolean> {
  try {
    return (await fetch(withBase(path), { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
