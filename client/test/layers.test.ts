import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { code, files, scripts } from "./sources";

/**
 * Folders of src/ from the bottom to the top: each knows those before it, and none after it.
 *
 * Folders of one line do not know each other.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["browser", "protocol", "styles"],
  ["text"],
  ["routing", "artwork", "sound"],
  ["storage"],
  ["api", "inkling"],
  ["canvas"],
  ["ui"],
  ["replay"],
  ["session"],
  ["screens/profile"],
  ["screens/landing", "screens/help", "screens/door", "screens/gallery", "screens/demo", "screens/room"],
  ["app"],
];

const MOST_FILES = 15;

const folder = (name: string) =>
  name.startsWith("screens/") ? name.split("/").slice(0, 2).join("/") : (name.split("/")[0] as string);
const level = (name: string) => LAYERS.findIndex((layer) => layer.includes(folder(name)));

/** What a file imports of ours. */
function imports(name: string): string[] {
  const found = [...code(name).matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(
    (hit) => hit[1] as string,
  );
  return found.map((path) => posix.join(posix.dirname(name), path));
}

test("every folder has its layer", () => {
  expect(files.filter((name) => level(name) === -1)).toEqual([]);
});

describe("no file knows a layer above its own, nor a neighbour of it", () => {
  test.each(scripts)("%s", (name) => {
    const wrong = imports(name).filter(
      (other) => folder(other) !== folder(name) && level(other) >= level(name),
    );
    expect(wrong).toEqual([]);
  });
});

test("a folder is one subject: no more files side by side than one takes in at a glance", () => {
  const counts = new Map<string, number>();
  for (const name of files) counts.set(posix.dirname(name), (counts.get(posix.dirname(name)) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > MOST_FILES)).toEqual([]);
});

test("no two files differ in capitals alone", () => {
  const names = scripts.map((name) => name.replace(/\.tsx?$/, "").toLowerCase());
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
