/** What this browser says about its person: name, face, consent. Kept in the browser only. */
import { signal } from "@preact/signals";
import { randomFace } from "../artwork/random_face";
import { localStore } from "../browser/storage";
import type { Doodle } from "../protocol";
import { t } from "../text";
import { storageName } from "./names";

export interface Profile {
  name: string;
  avatar: Doodle;
  keep: boolean;
}

const NAME = storageName("inkling.name");
const AVATAR = storageName("inkling.avatar");
const KEEP = storageName("inkling.keep");

export const name = signal(localStore.get(NAME) ?? "");
/** Stands in the empty field; whoever types nothing is called this. */
export const suggestedName = signal(randomName());
export const avatar = signal<Doodle>(readAvatar() ?? randomFace());
export const keep = signal(localStore.get(KEEP) === "yes");

export function randomName(): string {
  return t("profile.fullName", {
    first: pick(t("profile.firstNames").split(", ")),
    second: pick(t("profile.secondNames").split(", ")),
  });
}

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)] as T;
}

function readAvatar(): Doodle | null {
  try {
    const text = localStore.get(AVATAR);
    const stored: unknown = text === null ? null : JSON.parse(text);
    return isDoodle(stored) ? stored : null;
  } catch {
    return null;
  }
}

/** What lies in the browser's storage may have been written by anybody. */
function isDoodle(stored: unknown): stored is Doodle {
  const axis = (one: unknown, other: unknown) =>
    Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every(isByte);
  return (
    Array.isArray(stored) &&
    stored.every(
      (stroke) => Array.isArray(stroke) && axis(stroke[0], stroke[1]) && axis(stroke[1], stroke[0]),
    )
  );
}

function isByte(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
}

export function setName(text: string): void {
  name.value = text;
  localStore.set(NAME, text.trim() === "" ? null : text.trim());
}

export function setAvatar(doodle: Doodle): void {
  avatar.value = doodle;
  localStore.set(AVATAR, JSON.stringify(doodle));
}

export function setKeep(on: boolean): void {
  keep.value = on;
  localStore.set(KEEP, on ? "yes" : "no");
}

/** Everything a room asks for; what was suggested becomes real by being used. */
export function currentProfile(): Profile {
  if (name.value.trim() === "") setName(suggestedName.value);
  setAvatar(avatar.value);
  return { name: name.value.trim(), avatar: avatar.value, keep: keep.value };
}
