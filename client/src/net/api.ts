/** The few HTTP questions the page asks. */

import type { Card, Segment } from "../wire";

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

/** One line of the list on the page /try. */
export interface Shelved {
  name: string;
  recipe: string;
  ours: boolean;
  about: string;
  data: string;
  input: "drawing" | "photo";
  uploads: boolean;
  trained: boolean;
  classes: string[];
  accuracy: number | null;
  n: number;
  target: string;
  note: string;
  command: string;
}

/** What a network says: every class with its probability, most probable first, and the picture that it saw. */
export interface Verdict {
  model: string;
  chances: [string, number][];
  seen: string;
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
  shelf: () => ask<Shelved[]>("/api/try"),
  tryInk: (recipe: string, strokes: readonly Segment[]) =>
    ask<Verdict>(`/api/try/${recipe}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ strokes }),
    }),
  tryPicture: (recipe: string, picture: Blob) =>
    ask<Verdict>(`/api/try/${recipe}`, {
      method: "POST",
      headers: { "content-type": picture.type || "application/octet-stream" },
      body: picture,
    }),
  /** Whether plain HTTP still works: then it is the WebSocket that is blocked. */
  alive: async () => {
    try {
      return (await fetch("/healthz", { cache: "no-store" })).ok;
    } catch {
      return false;
    }
  },
};
