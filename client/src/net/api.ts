/** The few HTTP questions the page asks. */

import type { Card as RoomCard, Segment } from "../wire";
import { identity } from "./identity";

export interface Pack {
  name: string;
  title: string;
  size: number;
  sample: string[];
}

export interface Info {
  version: string;
  packs: Pack[];
  /** Where to invite to if the page was opened where nobody else can. */
  invite_base: string | null;
  keep: boolean;
  licence: string;
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
}

/** What a network says: every class with its probability, most probable first, and the picture that it saw. */
export interface Verdict {
  model: string;
  chances: [string, number][];
  seen: string;
}

/** A drawing of the collection, for a list. */
export interface Card {
  id: string;
  word: string;
  display: string;
  at: number;
  recognized: boolean;
  hit_at: number | null;
  state: "ok" | "held" | "removed";
  shown: boolean;
  strokes: Segment[];
}

/** One drawing: what the machine thought is timed in the round, which began before the first point. */
export interface Whole extends Card {
  first_point_at: number;
  licence: string;
  thoughts: { at: number; words: [string, number][]; idea: boolean }[];
}

export interface GalleryWord {
  word: string;
  display: string;
  count: number;
}

export interface Wall {
  drawings: Card[];
  next: number;
}

export interface Own extends Wall {
  count: number;
  code: string;
}

export interface Held {
  held: Card[];
  fresh: Card[];
  next: number;
}

export type Verdict3 = "show" | "keep" | "remove";

const bearer = (token: string | null): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` };
const as = (token: string | null): RequestInit => ({ headers: bearer(token) });

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

async function alive(): Promise<boolean> {
  try {
    return (await fetch("/healthz", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

export const api = {
  info: () => ask<Info>("/api/info"),
  makeRoom: () => ask<{ code: string }>("/api/rooms", { method: "POST", ...as(identity.player()) }),
  card: (code: string) => ask<RoomCard>(`/api/rooms/${code}`),
  qr: (code: string, origin: string) => `/api/rooms/${code}/qr.svg?origin=${encodeURIComponent(origin)}`,
  shelf: () => ask<Shelved[]>("/api/try"),
  tryInk: (recipe: string, strokes: readonly Segment[]) =>
    ask<Verdict>(`/api/try/${recipe}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer(identity.player()) },
      body: JSON.stringify({ strokes }),
    }),
  tryPicture: (recipe: string, picture: Blob) =>
    ask<Verdict>(`/api/try/${recipe}`, {
      method: "POST",
      headers: { "content-type": picture.type || "application/octet-stream", ...bearer(identity.player()) },
      body: picture,
    }),
  galleryWords: () => ask<{ words: GalleryWord[] }>("/api/drawings"),
  wall: (word: string, skip: number) =>
    ask<Wall>(`/api/drawings/of/${encodeURIComponent(word)}?skip=${skip}`),
  strip: () => ask<{ drawings: Card[] }>("/api/drawings/strip"),
  drawing: (id: string, token: string | null) => ask<Whole>(`/api/drawings/${id}`, as(token)),
  report: (id: string) =>
    ask<object>(`/api/drawings/${id}/report`, { method: "POST", ...as(identity.player()) }),
  own: (token: string, skip: number) => ask<Own>(`/api/mine?skip=${skip}`, as(token)),
  erase: (token: string, id: string) =>
    ask<{ erased: number; left: boolean }>(`/api/mine${id === "" ? "" : `/${id}`}`, {
      method: "DELETE",
      ...as(token),
    }),
  held: (token: string, before: number) => ask<Held>(`/api/held?before=${before}`, as(token)),
  judge: (token: string, id: string, verdict: Verdict3) =>
    ask<object>(`/api/held/${id}`, { method: "POST", body: JSON.stringify({ verdict }), ...as(token) }),
  /** All of one's own drawings in a zip; null if that failed. */
  zip: async (token: string): Promise<Blob | null> => {
    try {
      const response = await fetch("/api/mine.zip", as(token));
      return response.ok ? await response.blob() : null;
    } catch {
      return null;
    }
  },
  /** Why a WebSocket is refused: a code, "" where it is not the server that refuses, "unreachable". */
  socketRefusal: async (): Promise<string> => {
    const answer = await ask<object>("/socket.io/?EIO=4&transport=websocket", { cache: "no-store" });
    if (answer.ok) return "";
    // Without an upgrade the answer of an open door is a 400 that is no JSON.
    return answer.code === "unreachable" && (await alive()) ? "" : answer.code;
  },
};
