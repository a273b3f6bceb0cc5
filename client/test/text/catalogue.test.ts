import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Catalogue, placeholders, typesOf } from "../../plugins/messages";
import CATALOGUE from "../../src/text/en.json";
import { code, read, scripts } from "../sources";

const catalogue: Catalogue = CATALOGUE;
const keys = Object.keys(catalogue);

test("the types of the texts are those of the catalogue: `UPDATE=1 npm test` writes them", () => {
  const types = typesOf(catalogue);
  const file = new URL("../../src/text/texts.gen.ts", import.meta.url).pathname;
  if (process.env.UPDATE) writeFileSync(file, types);
  expect(readFileSync(file, "utf8")).toBe(types);
});

test("every text has a note for translators, and names in it are placeholders of the text", () => {
  for (const [key, { message, description }] of Object.entries(catalogue)) {
    expect(message, key).not.toBe("");
    expect(description, key).not.toBe("");
    const known = placeholders(message);
    for (const [, name] of description.matchAll(/\{(\w+)\}/g)) {
      // “{share} in the texts above” speaks of others.
      if (!description.includes("above")) expect([...known.keys()], key).toContain(name);
    }
  }
});

describe("texts and the page", () => {
  const pages = scripts.filter((name) => !name.startsWith("text/"));
  const plain = pages.map(code).join("\n");
  const wholes = new Set(
    [...plain.matchAll(/["'`]([a-z][\w]*(?:\.\w+)*)["'`]/gi)].map((hit) => hit[1] as string),
  );
  // `drawing.state.${state}` is any text that begins so; what text/index.ts builds counts, too.
  const starts = [...`${plain}\n${code("text/index.ts")}`.matchAll(/["'`]([a-z]\w*(?:\.\w+)*\.)\$\{/gi)].map(
    (hit) => hit[1] as string,
  );
  const lists = [...plain.matchAll(/tList\("([\w.]+)"\)/g)].map((hit) => `${hit[1]}.`);

  test("no text is unused", () => {
    const shared = [...code("text/index.ts").matchAll(/"([\w]+\.[\w.]+)"/g)].map((hit) => hit[1] as string);
    const used = (key: string) =>
      wholes.has(key) || shared.includes(key) || [...starts, ...lists].some((start) => key.startsWith(start));
    expect(keys.filter((key) => !used(key))).toEqual([]);
  });

  test("no text is missing", () => {
    const asked = [...plain.matchAll(/\b(?:t|tElements)\(\s*"([^"]+)"/g)].map((hit) => hit[1] as string);
    expect(asked.length).toBeGreaterThan(200);
    expect(asked.filter((key) => !(key in catalogue))).toEqual([]);
    expect(lists.filter((start) => !(`${start}0` in catalogue))).toEqual([]);
  });
});

describe("all text comes from the catalogue", () => {
  const screens = scripts.filter((name) => name.endsWith(".tsx"));

  test.each(screens)("%s has no words between tags", (name) => {
    const words = [...code(name).matchAll(/<\/?[a-zA-Z][^<>]*>\s*([A-Z][a-z]+[^<>{}=;()]*)\s*(?=<\/)/g)].map(
      (hit) => hit[1],
    );
    expect(words).toEqual([]);
  });

  test.each(screens)("%s has no words in attributes that are read", (name) => {
    const found = [...read(name).matchAll(/\b(?:aria-label|title|alt|placeholder)="[^"]+"/g)].map(String);
    expect(found).toEqual([]);
  });
});

test("every refusal of the protocol has its own words", () => {
  const protocol = readFileSync(new URL("../../../server/protocol.py", import.meta.url).pathname, "utf8");
  const block = protocol.slice(protocol.indexOf("REFUSALS"), protocol.indexOf("MAX_FRAME_BYTES"));
  const codes = [...block.matchAll(/^ {4}"([a-z_]+)":/gm)].map((hit) => hit[1] as string);
  expect(codes.length).toBeGreaterThan(15);
  expect(codes.filter((one) => !(`refusal.${one}` in catalogue))).toEqual([]);
});

test("nothing is loaded from a third party", () => {
  const outside = scripts.filter((name) => /["'`(]https?:\/\//.test(read(name)));
  expect(outside).toEqual([]);
});
