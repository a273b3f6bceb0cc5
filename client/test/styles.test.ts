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

test("every class that is written out is a part, and every part is used", () => {
  const parts = ["tokens", "base", "parts"].flatMap((name) => classes(`styles/${name}.css`));
  const page = readFileSync(new URL("../index.html", import.meta.url), "utf8");
  const texts = [page, ...scripts.map(code)];
  const written = texts.flatMap((text) =>
    [
      ...text.matchAll(
        /class="([^"]+)"|class=\{([^}]*(?:\$\{[^}]*\}[^}]*)*)\}|(?:className = |made\("\w+", )["`]([^"`]*)/g,
      ),
    ].flatMap((hit) => {
      const list =
        hit[1] ?? hit[3] ?? [...(hit[2] as string).matchAll(/["`]([^"`]*)/g)].map(String).join(" ");
      return list
        .replace(/\$\{[^}]*\}/g, " ")
        .split(/[\s"`,]+/)
        .filter((word) => /^[a-z][a-z-]*$/.test(word));
    }),
  );
  const names = new Set(written);
  expect(parts.filter((part) => !names.has(part)).sort()).toEqual([]);
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
