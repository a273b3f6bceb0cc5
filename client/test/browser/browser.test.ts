// @vitest-environment happy-dom

import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withAudio } from "../../src/browser/audio";
import { openChannel } from "../../src/browser/channel";
import { copy, share } from "../../src/browser/clipboard";
import { prefersReducedMotion, watchSize } from "../../src/browser/media";
import { capturePointer, coalescedEvents } from "../../src/browser/pointer";
import { randomId } from "../../src/browser/random";
import { speakLine, stopSpeaking } from "../../src/browser/speech";
import { SafeStorage } from "../../src/browser/storage";
import { keepAwake } from "../../src/browser/wake";

const refuse = () => {
  throw new DOMException("The operation is insecure.", "SecurityError");
};

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("what a full or closed storage did not take is newer than what lies in it", () => {
  const drawer = new SafeStorage("localStorage");
  drawer.set("seat", "old");
  const full = vi.spyOn(Storage.prototype, "setItem").mockImplementation(refuse);
  drawer.set("seat", "new");
  expect(drawer.get("seat")).toBe("new");
  const closed = vi.spyOn(Storage.prototype, "removeItem").mockImplementation(refuse);
  drawer.set("seat", null);
  expect(drawer.get("seat")).toBe(null);
  full.mockRestore();
  closed.mockRestore();
  drawer.set("seat", "newest");
  expect([drawer.get("seat"), localStorage.getItem("seat")]).toEqual(["newest", "newest"]);
});

test("a storage that may not even be looked at lasts as long as the page", () => {
  vi.stubGlobal("sessionStorage", undefined);
  const drawer = new SafeStorage("sessionStorage");
  expect(drawer.get("tab")).toBe(null);
  drawer.set("tab", "7");
  expect(drawer.get("tab")).toBe("7");
});

test("the screen is asked for again when the page is back, and let go when nobody needs it", async () => {
  const locks: EventTarget[] = [];
  const release = vi.fn(async () => undefined);
  const request = async () => {
    const lock = Object.assign(new EventTarget(), { release });
    locks.push(lock);
    return lock;
  };
  Object.defineProperty(navigator, "wakeLock", { configurable: true, value: { request } });
  const wanted = signal(true);
  keepAwake(() => wanted.value);
  await vi.waitFor(() => expect(locks.length).toBe(1));
  await Promise.resolve();
  locks[0]?.dispatchEvent(new Event("release"));
  document.dispatchEvent(new Event("visibilitychange"));
  await vi.waitFor(() => expect(locks.length).toBe(2));
  await Promise.resolve();
  wanted.value = false;
  await vi.waitFor(() => expect(release).toHaveBeenCalledTimes(1));
});

test.each([
  ["missing", undefined],
  ["refused", refuse],
])("facilities that are %s are answered for", async (_, what) => {
  for (const name of [
    "BroadcastChannel", "AudioContext", "speechSynthesis", "SpeechSynthesisUtterance", "matchMedia", "ResizeObserver",
    "crypto",
  ]) vi.stubGlobal(name, what); // biome-ignore format: a table
  for (const name of ["clipboard", "share", "wakeLock"])
    Object.defineProperty(navigator, name, { configurable: true, get: what ?? (() => undefined) });
  expect(openChannel("tabs", () => undefined)).toBe(null);
  expect(randomId()).toMatch(/^[0-9a-f]{32}$/);
  expect(randomId()).not.toBe(randomId());
  expect(prefersReducedMotion()).toBe(false);
  let changed = 0;
  const end = watchSize(document.body, () => {
    changed += 1;
  });
  dispatchEvent(new Event("resize"));
  expect(changed).toBe(1);
  end();
  withAudio(refuse);
  speakLine("hm", "en");
  stopSpeaking();
  share({ text: "come" });
  document.execCommand = refuse;
  expect(await copy("word")).toBe(false);
  expect(document.querySelector("textarea")).toBe(null);
  keepAwake(() => true);
  capturePointer({ setPointerCapture: refuse } as unknown as Element, 1);
  const move = { getCoalescedEvents: what } as unknown as PointerEvent;
  expect(coalescedEvents(move)).toEqual([move]);
});
