/** Random ids. `crypto.randomUUID` is missing on plain http, and some browsers have no `crypto` at all. */
import { attempt } from "./attempt";

/** 128 random bits as 32 hex digits. They tell tabs apart and are no secret. */
export function randomId(): string {
  const bytes = attempt(
    () => crypto.getRandomValues(new Uint8Array(16)),
    Uint8Array.from({ length: 16 }, () => Math.floor(Math.random() * 256)),
  );
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
