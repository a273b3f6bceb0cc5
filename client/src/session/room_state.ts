/** Everything the page knows, as signals. Written by `net/session`, read by the screens. */
import { computed, signal } from "@preact/signals";
import type { Info } from "../api/api";
import type { AvatarView, Doodle, GuessOut, Happening, PlayerView, ResultView, RoomView } from "../protocol";
import { en } from "../text/en";
import { RoomClock } from "./room_clock";

export type Link =
  | { is: "idle" }
  | { is: "connecting" }
  | { is: "open" }
  | { is: "lost"; why: "line" | "restart" }
  | { is: "blocked" }
  | { is: "ended"; code: string };

/** Why one is not in the room (yet). */
export type Door = { is: "closed" } | { is: "knocking" } | { is: "refused"; code: string } | { is: "inside" };

/** Whether this tab knows that it is one of a kind, and has knocked where it has a seat. */
export const settled = signal(false);
export const info = signal<Info | null>(null);
export const link = signal<Link>({ is: "idle" });
export const door = signal<Door>({ is: "closed" });

export const view = signal<RoomView | null>(null);
export const seat = signal<number | null>(null);
export const avatars = signal<Record<number, Doodle>>({});
export const poses = signal<Record<number, string>>({});
export const activity = signal<Record<number, number>>({});
export const results = signal<ResultView[]>([]);
export const guess = signal<GuessOut | null>(null);
export const history = signal<HeardWord[]>([]);
export const guesserReady = signal(true);
export const saving = signal(true);
export const happened = signal<Happening | null>(null);
/** The last hit of one's own, for the stamp. */
export const myHit = signal<Happening | null>(null);

export interface HeardWord {
  word: string;
  confidence: number;
  said: boolean;
  key: number;
}

export const clock = new RoomClock();
export const roomNow = (): number => clock.at(performance.now());

export const phase = computed(() => view.value?.phase ?? "none");
export const round = computed(() => view.value?.round ?? null);
export const players = computed(() => view.value?.players ?? []);
export const me = computed<PlayerView | null>(() => players.value.find((p) => p.seat === seat.value) ?? null);
export const isHost = computed(() => view.value !== null && view.value.host === seat.value);
export const packTitle = computed(() => {
  const name = view.value?.settings.pack ?? "";
  if (name === "taught") return en.teach.pack;
  return info.value?.packs.find((pack) => pack.name === name)?.title ?? name;
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
  seat.value = null;
  avatars.value = {};
  poses.value = {};
  activity.value = {};
  results.value = [];
  guess.value = null;
  history.value = [];
  myHit.value = null;
  guesserReady.value = true;
  saving.value = true;
  clock.reset();
}
