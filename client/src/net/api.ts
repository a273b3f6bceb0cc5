/** The few HTTP questions the page asks. */

import type { Card } from "../wire";

export interface Pack {
  name: string;
  title: string;
  size: number;
  sample: string[];
}

export interface Info {
  version: string;
  packs: Pack[];
  invite_base: string | null;
  keep: boolean;
  guesser: boolean;
}

export type Answer<T> = { ok: true; value: T } | { ok: false; code: string };

async function ask<T>(path: string, init?: RequestInit): Promise<Answer<T>> {
  try {
    const response = await fetch(path, init);
    const body = (await response.json().catch(() => ({}))) as T & { code?: string };
    if (response.ok) return { ok: true, value: body };
    return { ok: false, code: body.code ?? (response.status === 429 ? "too_many" : "unreachable") };
  } catch {
    return { ok: false, code: "unreachable" };
  }
}

export const api = {
  info: () => ask<Info>("/api/info"),
  makeRoom: () => ask<{ code: string }>("/api/rooms", { method: "POST" }),
  card: (code: string) => ask<Card>(`/api/rooms/${code}`),
  qr: (code: string) => `/api/rooms/${code}/qr.svg`,
  /** Whether plain HTTP still works: then it is the WebSocket that is blocked. */
  alive: async () => {
    try {
      return (await fetch("/healthz", { cache: "no-store" })).ok;
    } catch {
      return false;
    }
  },
};
