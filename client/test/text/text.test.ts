import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { en } from "../../src/text/en";

const SRC = new URL("../../src", import.meta.url).pathname;
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
const read = (name: string) => readFileSync(join(SRC, name), "utf8");

describe("all text comes from the catalogue", () => {
  const screens = files.filter((name) => name.endsWith(".tsx"));

  test.each(screens)("%s has no words between tags", (name) => {
    const code = read(name).replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
    const words = [...code.matchAll(/<\/?[a-zA-Z][^<>]*>\s*([A-Z][a-z]+[^<>{}=;()]*)\s*(?=<\/)/g)].map(
      (hit) => hit[1],
    );
    expect(words).toEqual([]);
  });

  test.each(screens)("%s has no words in attributes that are read", (name) => {
    expect([...read(name).matchAll(/\b(?:aria-label|title|alt|placeholder)="[^"]+"/g)].map(String)).toEqual(
      [],
    );
  });
});

test("every refusal of the protocol has its own words", () => {
  const protocol = readFileSync(new URL("../../../server/protocol.py", import.meta.url).pathname, "utf8");
  const block = protocol.slice(protocol.indexOf("REFUSALS"), protocol.indexOf("MAX_FRAME_BYTES"));
  const codes = [...block.matchAll(/^ {4}"([a-z_]+)":/gm)].map((hit) => hit[1] as string);
  expect(codes.length).toBeGreaterThan(15);
  expect(codes.filter((code) => !(code in en.refusals))).toEqual([]);
});

test("nothing is loaded from a third party", () => {
  const outside = files.filter((name) => /["'`(]https?:\/\//.test(read(name)));
  expect(outside).toEqual([]);
});

test("Inkling's lines speak like people", () => {
  expect(en.inkling.says("ice cream")).toBe("Ice cream!");
  expect(en.inkling.knew("an apple")).toBe("An apple! I knew it.");
  expect(en.settings.rounds(1)).toBe("1 round");
  expect(en.settings.rounds(6)).toBe("6 rounds");
});

test("in the lobby, where Inkling sees nothing, no line says that it looks", () => {
  const lines = [...en.inkling.lobby, en.lobby.alone, en.lobby.scribbleHint];
  expect(
    lines.filter((line) =>
      /\b(?:look|see|saw|watch|guess|draw me)/i.test(line.replace("Only you see this", "")),
    ),
  ).toEqual([]);
});
