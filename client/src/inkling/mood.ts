/** Which pose and line go with what Inkling knows. */

import type { GuessOut } from "../protocol";
import { capitalised, t, tList } from "../text";
import { isPose, type PoseName } from "./poses";

export interface Mood {
  pose: PoseName;
  line: string;
  /** Other words it wonders about, with their probabilities. */
  chips: [string, number][];
}

export interface MoodInput {
  guess: GuessOut | null;
  hit: boolean;
  display: string;
  asleep: boolean;
  /** Pens are down, and it was no hit. */
  over: boolean;
  /** What it said was not the prompt, and it has noticed. */
  sorry: boolean;
}

export function moodOf({ guess, hit, display, asleep, over, sorry }: MoodInput): Mood {
  const chips = (guess?.mutters ?? []).slice(0, 3);
  if (asleep) return { pose: "asleep", line: t("inkling.asleep"), chips: [] };
  if (hit) return { pose: "delighted", line: knewLine(display), chips: [] };
  if (over) return { pose: "sheepish", line: t("inkling.timeOver", { prompt: display }), chips: [] };
  if (guess === null) return { pose: "idle", line: pick(tList("inkling.blank"), display.length), chips: [] };
  const pose = isPose(guess.pose) ? guess.pose : "watching";
  if (guess.says !== "")
    return sorry
      ? { pose: "sheepish", line: t("inkling.sorry", { word: capitalised(guess.says) }), chips }
      : { pose: "sure", line: saysLine(guess.says), chips };
  if (pose === "warm") return { pose, line: pick(tList("inkling.warm"), guess.revision >> 4), chips };
  const lead = chips[0];
  if (pose === "puzzled" || lead === undefined)
    return { pose: "puzzled", line: pick(tList("inkling.puzzled"), guess.revision >> 4), chips };
  return { pose: "watching", line: muttersLine(lead[0]), chips: chips.slice(1) };
}

/** Inkling says a word. */
export function saysLine(word: string): string {
  return t("inkling.says", { word: capitalised(word) });
}

/** Inkling wonders about a word. */
export function muttersLine(word: string): string {
  return t("inkling.mutters", { word: capitalised(word) });
}

/** Inkling said the right word. */
export function knewLine(display: string): string {
  return t("inkling.knew", { prompt: capitalised(display) });
}

function pick(lines: readonly string[], n: number): string {
  return lines[Math.abs(n) % lines.length] ?? "";
}
