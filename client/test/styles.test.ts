import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { CONFETTI, SHEET, SHEET_INK } from "../src/styles/palette";
import { code, files, read, scripts } from "./sources";

const modules = files.filter((name) => name.endsWith(".module.css"));
const plain = (css: string) => css.replace(/\/\*[\s\S]*?\*\//g, "");
const tokens = plain(read("styles/tokens.css"));

/** The classes that a style sheet has rules for; in a module without the global ones. */
function classes(name: string): string[] {
  const css = plain(read(name)).replace(/:global\((?:[^()]|\([^()]*\))*\)/g, "");
  const selectors = css.replace(/\{[^{}]*\}/g, "{}").replace(/url\([^)]*\)/g, "");
  return [...new Set([...selectors.matchAll(/\.(-?[a-zA-Z][\w-]*)/g)].map((hit) => hit[1] as string))];
}

/** The modules that a script imports, by the name it gives them. */
function imported(name: string): [string, string][] {
  return [...code(name).matchAll(/import (\w+) from "([^"]+\.module\.css)"/g)].map((hit) => [
    hit[1] as string,
    posix.join(posix.dirname(name), hit[2] as string),
  ]);
}

function used(script: string, local: string): string[] {
  return [...code(script).matchAll(new RegExp(`\\b${local}\\.(\\w+)`, "g"))].map((hit) => hit[1] as string);
}

describe("modules", () => {
  test("have names of their own: these stand on the page", () => {
    const names = modules.map((name) => posix.basename(name));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  test.each(modules)("%s has rules for what is used, and for nothing else", (module) => {
    const wanted = scripts.flatMap((script) =>
      imported(script).flatMap(([local, path]) => (path === module ? used(script, local) : [])),
    );
    expect(classes(module).sort()).toEqual([...new Set(wanted)].sort());
  });
});

/** The classes that scripts and index.html write out. */
function written(): string[] {
  const page = readFileSync(new URL("../index.html", import.meta.url), "utf8");
  const texts = [page, ...scripts.map(code)];
  const attributes = texts.flatMap((text) => [
    ...[...text.matchAll(/\bclass="([^"]+)"/g)].map((hit) => hit[1] as string),
    // class={…}, with the strings and templates in it.
    ...[...text.matchAll(/\bclass=\{((?:[^{}]|\{[^{}]*\})*)\}/g)].flatMap((hit) =>
      [...(hit[1] as string).replace(/\$\{[^{}]*\}/g, " ").matchAll(/["'`]([^"'`]*)["'`]/g)].map(
        (inner) => inner[1] as string,
      ),
    ),
    ...[...text.matchAll(/\bclassName = "([^"]*)"|\bmade\("\w+", ["`]([^"`]*)/g)].map((hit) =>
      (hit[1] ?? (hit[2] as string)).replace(/\$\{[^{}]*\}?/g, " "),
    ),
  ]);
  return [...new Set(attributes.flatMap((one) => one.split(/\s+/)).filter((word) => word !== ""))].sort();
}

test("every class that is written out is a part, and every part is used", () => {
  const parts = ["tokens", "base", "parts"].flatMap((name) => classes(`styles/${name}.css`));
  expect(written()).toEqual([...new Set(parts)].sort());
});

describe("colours stand in one place", () => {
  const LITERAL = /#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b|\b(?:rgb|hsl|oklch|lab)a?\(\s*[0-9]/gi;

  test.each(files.filter((name) => name.endsWith(".css") && name !== "styles/tokens.css"))("%s", (name) => {
    expect(plain(read(name)).match(LITERAL) ?? []).toEqual([]);
  });

  test("in scripts", () => {
    // picture.ts looks whether a canvas gives back what was drawn: no colour of the page.
    const others = scripts.filter((name) => !["styles/palette.ts", "screens/demo/picture.ts"].includes(name));
    const found = others.filter((name) => /["'`](?:#[0-9a-f]{3,8}|rgba?\([0-9])/i.test(code(name)));
    expect(found).toEqual([]);
  });

  test("what scripts and index.html draw with is what the tokens say", () => {
    const light = tokens.slice(0, tokens.indexOf("@media"));
    const dark = tokens.slice(tokens.indexOf("@media"));
    const token = (name: string, from = light) => new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(from)?.[1];
    expect([SHEET, SHEET_INK]).toEqual([token("sheet"), token("sheet-ink")]);
    expect([...CONFETTI]).toEqual(
      ["blue", "sun", "coral", "green", "violet", "ink"].map((name) => token(name)),
    );
    const page = readFileSync(new URL("../index.html", import.meta.url), "utf8").toLowerCase();
    expect([...page.matchAll(/content="(#[0-9a-f]{6})"/g)].map((hit) => hit[1])).toEqual([
      token("paper"),
      token("paper", dark),
    ]);
  });
});

test("distances are on the grid of 8 px or half of it; hairlines are 1 or 2", () => {
  const wrong = files
    .filter((name) => name.endsWith(".css"))
    .flatMap((name) =>
      [...plain(read(name)).matchAll(/^\s*(?:padding|margin|gap|row-gap|column-gap)[\w-]*:[^;]+;/gm)]
        .filter(([rule]) =>
          [...rule.matchAll(/(?<![\w.])(\d+)px/g)].some(([, px]) => Number(px) > 2 && Number(px) % 4 > 0),
        )
        .map(([rule]) => `${name}: ${rule.trim()}`),
    );
  // Half of the cursor's 20 px, so that its middle is the pen's tip.
  expect(wrong).toEqual(["canvas/DrawingPad.module.css: margin: -10px 0 0 -10px;"]);
});

test("every custom property that is read is a token, or set by a script or a rule", () => {
  const set = new Set(
    [
      ...files
        .map(read)
        .join("\n")
        .matchAll(/(--[\w-]+)["']?\s*[:,]/g),
    ].map((hit) => hit[1] as string),
  );
  const readOnes = files
    .filter((name) => name.endsWith(".css"))
    .flatMap((name) => [...plain(read(name)).matchAll(/var\((--[\w-]+)/g)].map((hit) => hit[1] as string));
  expect([...new Set(readOnes)].filter((name) => !set.has(name))).toEqual([]);
});
