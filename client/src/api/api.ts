/** The few HTTP questions the page asks. */

import type { Card as RoomCard, Segment } from "../protocol";
import type {
  DrawingWhole,
  Erased,
  GalleryWords,
  Held,
  Info,
  Nothing,
  Own,
  Recipe,
  RoomMade,
  Strip,
  TryAnswer,
  VerdictIn,
  Wall,
} from "../protocol/protocol.gen";
import { identity } from "../storage/identity";

export type {
  DrawingCard as Card,
  DrawingWhole as Whole,
  GalleryWord,
  Held,
  Info,
  Own,
  Recipe as Shelved,
  TryAnswer as Verdict,
} from "../protocol/protocol.gen";
export type Verdict3 = VerdictIn["verdict"];

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
  makeRoom: () => ask<RoomMade>("/api/rooms", { method: "POST", ...as(identity.player()) }),
  card: (code: string) => ask<RoomCard>(`/api/rooms/${code}`, as(identity.player())),
  qr: (code: string, origin: string) => `/api/rooms/${code}/qr.svg?origin=${encodeURIComponent(origin)}`,
  shelf: () => ask<Recipe[]>("/api/try"),
  tryInk: (recipe: string, strokes: readonly Segment[]) =>
    ask<TryAnswer>(`/api/try/${recipe}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer(identity.player()) },
      body: JSON.stringify({ strokes }),
    }),
  tryPicture: (recipe: string, picture: Blob) =>
    ask<TryAnswer>(`/api/try/${recipe}`, {
      method: "POST",
      headers: { "content-type": picture.type || "application/octet-stream", ...bearer(identity.player()) },
      body: picture,
    }),
  galleryWords: () => ask<GalleryWords>("/api/drawings"),
  wall: (word: string, skip: number) =>
    ask<Wall>(`/api/drawings/of/${encodeURIComponent(word)}?skip=${skip}`),
  strip: () => ask<Strip>("/api/drawings/strip"),
  drawing: (id: string, token: string | null) => ask<DrawingWhole>(`/api/drawings/${id}`, as(token)),
  report: (id: string) =>
    ask<Nothing>(`/api/drawings/${id}/report`, { method: "POST", ...as(identity.player()) }),
  own: (token: string, skip: number) => ask<Own>(`/api/mine?skip=${skip}`, as(token)),
  erase: (token: string, id: string) =>
    ask<Erased>(`/api/mine${id === "" ? "" : `/${id}`}`, {
      method: "DELETE",
      ...as(token),
    }),
  held: (token: string, before: number) => ask<Held>(`/api/held?before=${before}`, as(token)),
  judge: (token: string, id: string, verdict: Verdict3) =>
    ask<Nothing>(`/api/held/${id}`, { method: "POST", body: JSON.stringify({ verdict }), ...as(token) }),
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
    const page = encodeURIComponent(location.origin);
    const answer = await ask<object>(`/socket.io/?EIO=4&transport=websocket&page=${page}`, {
      cache: "no-store",
    });
    if (answer.ok) return "";
    // Without an upgrade the answer of an open door is a 400 that is no JSON.
    return answer.code === "unreachable" && (await alive()) ? "" : answer.code;
  },
};
