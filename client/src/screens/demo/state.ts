/** What is being tried on the page /try: the list, the choice, the drawing or picture, and what the network says. */
import { computed, signal } from "@preact/signals";
import { api, type NetworkInfo, type PredictionResult } from "../../api/api";
import type { Segment } from "../../protocol";
import { downscaled } from "./picture";

/** The pen rests this long (ms) before the drawing is looked at. */
export const REST_MS = 450;
/** Milliseconds between two looks at the list of networks. */
const NETWORK_LIST_POLL_MS = 4000;

export const networks = signal<NetworkInfo[] | null>(null);
export const unavailable = signal("");
export const chosenName = signal("");
export const prediction = signal<PredictionResult | null>(null);
export const problem = signal("");
export const busy = signal(false);
/** The picture that was brought, as an address to show. */
export const uploadedUrl = signal("");
export const drawing: { strokes: Segment[] } = { strokes: [] };
export const drawingVersion = signal(0);

let timer = 0;
let picture: Blob | null = null;
let asked = 0;
let opened = 0;

export const chosen = computed<NetworkInfo | null>(
  () => networks.value?.find((one) => one.name === chosenName.value) ?? null,
);

/** The networks without our own variants of them, and the variants of the chosen one. */
export const classics = computed(() => (networks.value ?? []).filter((one) => !one.ours));
export const variants = computed(() => {
  const recipe = chosen.value?.recipe;
  return (networks.value ?? []).filter((one) => one.recipe === recipe);
});

/** What the page opens on: what its address names, else what is trained, the tutorials' networks before the game's own. */
export function initialNetwork(list: readonly NetworkInfo[], wanted: string): NetworkInfo | undefined {
  const trained = list.filter((one) => one.trained);
  return (
    list.find((one) => one.name === wanted) ??
    trained.find((one) => one.recipe !== "inkling") ??
    trained[0] ??
    list[0]
  );
}

/** Ask for the list, again and again while nobody answers or something may still be trained. */
export function startPolling(): () => void {
  opened += 1;
  const visit = opened;
  const look = async () => {
    const answer = await api.networks();
    if (visit !== opened) return;
    unavailable.value = answer.ok ? "" : answer.code;
    if (answer.ok) networks.value = answer.value;
    timerOfList = window.setTimeout(() => void look(), NETWORK_LIST_POLL_MS);
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
  chosenName.value = name;
  prediction.value = null;
  problem.value = "";
  const now = chosen.value;
  if (now === null) return;
  if (picture !== null && (!now.uploads || (before !== null && before.input !== now.input))) removePicture();
  look(0);
}

export function inkChanged(): void {
  if (picture !== null) removePicture();
  look(REST_MS);
}

export function undo(): void {
  replace(drawing.strokes.slice(0, -1));
}

export function clear(): void {
  removePicture();
  replace([]);
}

function replace(strokes: Segment[]): void {
  drawing.strokes = strokes;
  drawingVersion.value += 1;
  look(REST_MS / 3);
}

/** Bring a picture: large ones are made smaller here, so that any photo of a phone will do. */
export async function upload(file: Blob): Promise<void> {
  removePicture();
  drawing.strokes = [];
  drawingVersion.value += 1;
  prediction.value = null;
  problem.value = "";
  const small = await downscaled(file);
  if (small === null) {
    problem.value = "bad_picture";
    return;
  }
  picture = small;
  uploadedUrl.value = URL.createObjectURL(small);
  look(0);
}

export function removePicture(): void {
  if (uploadedUrl.value !== "") URL.revokeObjectURL(uploadedUrl.value);
  uploadedUrl.value = "";
  picture = null;
  prediction.value = null;
}

function look(rest: number): void {
  clearTimeout(timer);
  const now = chosen.value;
  if (now === null || !now.trained) return;
  if (picture === null && (drawing.strokes.length === 0 || now.input === "photo")) {
    asked += 1;
    busy.value = false;
    prediction.value = null;
    return;
  }
  timer = window.setTimeout(() => void ask(now.name), rest);
}

async function ask(name: string): Promise<void> {
  asked += 1;
  const mine = asked;
  busy.value = true;
  const answer =
    picture === null ? await api.predictInk(name, drawing.strokes) : await api.predictPicture(name, picture);
  if (mine !== asked) return;
  busy.value = false;
  prediction.value = answer.ok ? answer.value : null;
  problem.value = answer.ok ? "" : answer.code;
  if (!answer.ok && (answer.code === "slow_down" || answer.code === "guesser_away")) look(2500);
}
