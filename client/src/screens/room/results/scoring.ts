/** Points and ranks as people read them. The server counts; this only explains. */

import type { PlayerView, ResultView, Thought } from "../../../protocol";
import { en } from "../../../text/en";

/** Where the points of a drawing come from, in one line. */
export function scoreBreakdown(result: Pick<ResultView, "points" | "hit_at" | "first" | "best">): string {
  return result.hit_at === null
    ? en.reveal.closeLine(result.points, result.best)
    : en.reveal.speedLine(result.points, result.first);
}

/** A first guess comes about this long after the first point. */
const FIRST_GUESS_MS = 300;

/** Thoughts count from the round's start, ink from its first point: what to add to ink's time (an estimate). */
export function thoughtOffset(thoughts: readonly Thought[]): number {
  return Math.max(0, (thoughts[0]?.at ?? 0) - FIRST_GUESS_MS);
}

/** What Inkling thought at one moment: the newest thought not after it. */
export function thoughtAt(thoughts: readonly Thought[], at: number): Thought | null {
  let found: Thought | null = null;
  for (const thought of thoughts) if (thought.at <= at) found = thought;
  return found;
}

export interface Standing {
  rank: number;
  player: PlayerView;
}

/** Players by score; ties share a rank. */
export function standings(players: readonly PlayerView[]): Standing[] {
  const sorted = [...players].sort((a, b) => b.score - a.score || a.seat - b.seat);
  return sorted.map((player) => ({
    rank: 1 + sorted.filter((other) => other.score > player.score).length,
    player,
  }));
}
