/** What is being tried on the page /try: the list, the choice, the drawing or picture, and what the network says. */
import { computed, signal } from "@preact/signals";
import { api, type Shelved, type Verdict } from "../../api/api";
import type { Segment } from "../../protocol";
import { shrunk } from "./picture";

/** The pen rests this long (ms) before the drawing is looked at. */
export const REST_MS = 450;
const AGAIN_MS = 4000;

export const shelf = signal<Shelved[] | null>(null);
export const away = signal("");
export const choice = signal("");
export const verdict = signal<Verdict | null>(null);
export const trouble = signal("");
export const asking = signal(false);
/** The picture that was brought, as an address to show. */
export const brought = signal("");
export const sheet: { strokes: Segment[] } = { strokes: [] };
export const sheetVersion = signal(0);

let timer = 0;
let picture: Blob | null = null;
let asked = 0;
let opened = 0;

export const chosen = computed<Shelved | null>(
  () => shelf.value?.find((one) => one.name === choice.value) ?? null,
);

/** The networks without their twins of ours, and the twin of the chosen one. */
export const classics = computed(() => (shelf.value ?? []).filter((one) => !one.ours));
export const twins = computed(() => {
  const recipe = chosen.value?.recipe;
  return (shelf.value ?? []).filter((one) => one.recipe === recipe);
});

/** What the page opens on: what its address names, else what is trained, the tutorials' networks before the game's own. */
export function firstOf(list: readonly Shelved[], wanted: string): Shelved | undefined {
  const trained = list.filter((one) => one.trained);
  return (
    list.find((one) => one.name === wanted) ??
    trained.find((one) => one.recipe !== "inkling") ??
    trained[0] ??
    list[0]
  );
}

/** Ask for the list, again and again while nobody answers or something may still be trained. */
export function open(): () => void {
  opened += 1;
  const visit = opened;
  const look = async () => {
    const answer = await api.shelf();
    if (visit !== opened) return;
    away.value = answer.ok ? "" : answer.code;
    if (answer.ok) shelf.value = answer.value;
    timerOfList = window.setTimeout(() => void look(), AGAIN_MS);
  };
  let timerOfList = 0;
  void look();
  return () => {
    opened += 1;
    clearTimeout(timerOfList);
    clearTimeout(timer);
  };
}

/** Choose a network; what was drawn is shown to it too, if it takes that. */
export function choose(name: string): void {
  const before = chosen.value;
  choice.value = name;
  verdict.value = null;
  trouble.value = "";
  const now = chosen.value;
  if (now === null) return;
  if (picture !== null && (!now.uploads || (before !== null && before.input !== now.input))) forgetPicture();
  look(0);
}

export function drew(): void {
  if (picture !== null) forgetPicture();
  look(REST_MS);
}

export function undo(): void {
  replace(sheet.strokes.slice(0, -1));
}

export function clear(): void {
  forgetPicture();
  replace([]);
}

function replace(strokes: Segment[]): void {
  sheet.strokes = strokes;
  sheetVersion.value += 1;
  look(REST_MS / 3);
}

/** Bring a picture: large ones are made smaller here, so that any photo of a phone will do. */
export async function bring(file: Blob): Promise<void> {
  forgetPicture();
  sheet.strokes = [];
  sheetVersion.value += 1;
  verdict.value = null;
  trouble.value = "";
  const small = await shrunk(file);
  if (small === null) {
    trouble.value = "bad_picture";
    return;
  }
  picture = small;
  brought.value = URL.createObjectURL(small);
  look(0);
}

export function forgetPicture(): void {
  if (brought.value !== "") URL.revokeObjectURL(brought.value);
  brought.value = "";
  picture = null;
  verdict.value = null;
}

function look(rest: number): void {
  clearTimeout(timer);
  const now = chosen.value;
  if (now === null || !now.trained) return;
  if (picture === null && (sheet.strokes.length === 0 || now.input === "photo")) {
    asked += 1;
    asking.value = false;
    verdict.value = null;
    return;
  }
  timer = window.setTimeout(() => void ask(now.name), rest);
}

async function ask(name: string): Promise<void> {
  asked += 1;
  const mine = asked;
  asking.value = true;
  const answer =
    picture === null ? await api.tryInk(name, sheet.strokes) : await api.tryPicture(name, picture);
  if (mine !== asked) return;
  asking.value = false;
  verdict.value = answer.ok ? answer.value : null;
  trouble.value = answer.ok ? "" : answer.code;
  if (!answer.ok && (answer.code === "slow_down" || answer.code === "guesser_away")) look(2500);
}
