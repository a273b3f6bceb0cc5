/** The browser's sound. */
import { attempt, attemptLater } from "./attempt";

let context: AudioContext | null = null;

/** Let something sound; silence where the browser has none, or has too many open already. */
export function withAudio(sound: (ctx: AudioContext) => void): void {
  attempt(() => {
    const ctx = context ?? new AudioContext();
    context = ctx;
    if (ctx.state === "suspended") void attemptLater(() => ctx.resume(), undefined);
    sound(ctx);
  }, undefined);
}
