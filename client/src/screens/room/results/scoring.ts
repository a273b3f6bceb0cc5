/** Points and ranks as people read them. The server counts; this only explains. */

import type { PlayerView, ResultView, Thought } from "../../../protocol";
import { percent, t } from "../../../text";

/** What the server counts for a hit, and more for the round's first. The texts name these numbers. */
const HIT_POINTS = 50;
const FIRST_HIT_POINTS = 10;

/** Where the points of a drawing come from, in one line. */
export function scoreBreakdown(result: Pick<ResultView, "points" | "hit_at" | "first" | "best">): string {
  const total = result.points;
  if (result.hit_at === null) return t("reveal.closePoints", { total, share: percent(result.best) });
  const speed = Math.max(0, total - HIT_POINTS - (result.first ? FIRST_HIT_POINTS : 0));
  return t(result.first ? "reveal.firstHitPoints" : "reveal.hitPoints", { total, speed });
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
