/** Which pose and line go with what Inkling knows. */

import type { GuessOut } from "../protocol";
import { en } from "../text/en";
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
  if (asleep) return { pose: "asleep", line: en.inkling.asleep, chips: [] };
  if (hit) return { pose: "delighted", line: en.inkling.knew(display), chips: [] };
  if (over) return { pose: "sheepish", line: en.inkling.timeOver(display), chips: [] };
  if (guess === null) return { pose: "idle", line: one(en.inkling.blank, display.length), chips: [] };
  const pose = isPose(guess.pose) ? guess.pose : "watching";
  if (guess.says !== "")
    return sorry
      ? { pose: "sheepish", line: en.inkling.sorry(guess.says), chips }
      : { pose: "sure", line: en.inkling.says(guess.says), chips };
  if (pose === "warm") return { pose, line: one(en.inkling.warm, guess.revision >> 4), chips };
  const lead = chips[0];
  if (pose === "puzzled" || lead === undefined)
    return { pose: "puzzled", line: one(en.inkling.puzzled, guess.revision >> 4), chips };
  return { pose: "watching", line: en.inkling.mutters(lead[0]), chips: chips.slice(1) };
}

function one(lines: readonly string[], n: number): string {
  return lines[Math.abs(n) % lines.length] ?? "";
}
