/** The few HTTP questions the page asks. */

import type { Card as RoomCard, Segment } from "../protocol";
import type {
  DrawingDetails,
  EmptyAnswer,
  Erased,
  GalleryPage,
  GalleryPreview,
  GalleryWords,
  HeldDrawings,
  Info,
  OwnDrawings,
  Recipe,
  RoomMade,
  TryAnswer,
  VerdictIn,
} from "../protocol/protocol.gen";
import { withBase } from "../routing/base_path";
import { identity } from "../storage/identity";
import { bearer, isAnswered, requestBlob, requestJson, withToken } from "./request";

export type {
  DrawingCard,
  DrawingDetails,
  GalleryWord,
  HeldDrawings,
  Info,
  OwnDrawings,
  Recipe as NetworkInfo,
  TryAnswer as PredictionResult,
} from "../protocol/protocol.gen";
export type ModerationVerdict = VerdictIn["verdict"];

export const api = {
  info: () => requestJson<Info>("/api/info"),
  createRoom: () => requestJson<RoomMade>("/api/rooms", { method: "POST", ...withToken(identity.player()) }),
  roomCard: (code: string) => requestJson<RoomCard>(`/api/rooms/${code}`, withToken(identity.player())),
  /** The picture of a room's link; `origin` is what the link begins with, before the base path. */
  qrUrl: (code: string, origin: string) =>
    withBase(`/api/rooms/${code}/qr.svg?origin=${encodeURIComponent(origin)}`),

  networks: () => requestJson<Recipe[]>("/api/try"),
  predictInk: (recipe: string, strokes: readonly Segment[]) =>
    requestJson<TryAnswer>(`/api/try/${recipe}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer(identity.player()) },
      body: JSON.stringify({ strokes }),
    }),
  predictPicture: (recipe: string, picture: Blob) =>
    requestJson<TryAnswer>(`/api/try/${recipe}`, {
      method: "POST",
      headers: { "content-type": picture.type || "application/octet-stream", ...bearer(identity.player()) },
      body: picture,
    }),

  galleryWords: () => requestJson<GalleryWords>("/api/drawings"),
  drawingsOf: (word: string, skip: number) =>
    requestJson<GalleryPage>(`/api/drawings/of/${encodeURIComponent(word)}?skip=${skip}`),
  stripDrawings: () => requestJson<GalleryPreview>("/api/drawings/strip"),
  drawing: (id: string, token: string | null) =>
    requestJson<DrawingDetails>(`/api/drawings/${id}`, withToken(token)),
  report: (id: string) =>
    requestJson<EmptyAnswer>(`/api/drawings/${id}/report`, {
      method: "POST",
      ...withToken(identity.player()),
    }),

  ownDrawings: (token: string, skip: number) =>
    requestJson<OwnDrawings>(`/api/mine?skip=${skip}`, withToken(token)),
  /** All of one's own drawings in a zip; null if that failed. */
  ownDrawingsZip: (token: string) => requestBlob("/api/mine.zip", withToken(token)),
  /** Erase one of one's own drawings, or all of them for an empty id. */
  erase: (token: string, id: string) =>
    requestJson<Erased>(`/api/mine${id === "" ? "" : `/${id}`}`, { method: "DELETE", ...withToken(token) }),

  heldDrawings: (token: string, before: number) =>
    requestJson<HeldDrawings>(`/api/held?before=${before}`, withToken(token)),
  moderate: (token: string, id: string, verdict: ModerationVerdict) =>
    requestJson<EmptyAnswer>(`/api/held/${id}`, {
      method: "POST",
      body: JSON.stringify({ verdict }),
      ...withToken(token),
    }),

  /** Why a WebSocket is refused: a code, "" where it is not the server that refuses, "unreachable". */
  socketRefusal: async (): Promise<string> => {
    const page = encodeURIComponent(location.origin);
    const answer = await requestJson<object>(`/socket.io/?EIO=4&transport=websocket&page=${page}`, {
      cache: "no-store",
    });
    if (answer.ok) return "";
    // Without an upgrade the answer of an open door is a 400 that is no JSON.
    return answer.code === "unreachable" && (await isAnswered("/healthz")) ? "" : answer.code;
  },
};
