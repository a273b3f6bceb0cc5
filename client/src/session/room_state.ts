/** Everything the page knows, as signals. Written by `session.ts`, read by the screens. */
import { computed, signal } from "@preact/signals";
import type { Info } from "../api/api";
import type {
  Announcement,
  AvatarView,
  Doodle,
  GuessOut,
  PlayerView,
  ResultView,
  RoomView,
} from "../protocol";
import { t } from "../text";
import { RoomClock } from "./room_clock";

export type ConnectionState =
  | { is: "idle" }
  | { is: "connecting" }
  | { is: "open" }
  | { is: "lost"; why: "line" | "restart" }
  | { is: "blocked" }
  | { is: "ended"; code: string };

/** Whether one is in the room, and why not (yet). */
export type JoinState =
  | { is: "outside" }
  | { is: "joining" }
  | { is: "refused"; code: string }
  | { is: "joined" };

/** Whether this tab knows that it is one of a kind, and has asked for the seat that it has. */
export const tabReady = signal(false);
export const serverInfo = signal<Info | null>(null);
export const connection = signal<ConnectionState>({ is: "idle" });
export const joinState = signal<JoinState>({ is: "outside" });

export const view = signal<RoomView | null>(null);
export const ownSeat = signal<number | null>(null);
export const avatars = signal<Record<number, Doodle>>({});
export const poses = signal<Record<number, string>>({});
export const activity = signal<Record<number, number>>({});
export const results = signal<ResultView[]>([]);
export const guess = signal<GuessOut | null>(null);
export const guessHistory = signal<HeardGuess[]>([]);
export const guesserReady = signal(true);
export const saving = signal(true);
/** The last hit of one's own, for the stamp. */
export const ownHit = signal<Announcement | null>(null);

export interface HeardGuess {
  word: string;
  confidence: number;
  said: boolean;
  key: number;
}

export const clock = new RoomClock();
export const roomTime = (): number => clock.at(performance.now());

export const phase = computed(() => view.value?.phase ?? "none");
export const round = computed(() => view.value?.round ?? null);
export const players = computed(() => view.value?.players ?? []);
export const me = computed<PlayerView | null>(
  () => players.value.find((p) => p.seat === ownSeat.value) ?? null,
);
export const isHost = computed(() => view.value !== null && view.value.host === ownSeat.value);
export const packTitle = computed(() => {
  const name = view.value?.settings.pack ?? "";
  if (name === "taught") return t("teach.pack");
  return serverInfo.value?.packs.find((pack) => pack.name === name)?.title ?? name;
});

export function addAvatars(some: readonly AvatarView[], replace: boolean): void {
  const next = replace ? {} : { ...avatars.value };
  for (const avatar of some) next[avatar.seat] = avatar.doodle;
  avatars.value = next;
}

export function playerName(of: number): string {
  return players.value.find((p) => p.seat === of)?.name ?? "";
}

/** Forget the room (not the browser's identity). */
export function forgetRoom(): void {
  view.value = null;
  ownSeat.value = null;
  avatars.value = {};
  poses.value = {};
  activity.value = {};
  results.value = [];
  guess.value = null;
  guessHistory.value = [];
  ownHit.value = null;
  guesserReady.value = true;
  saving.value = true;
  clock.reset();
}
