/** The page's source files, for tests that read them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SRC = join(import.meta.dirname, "../src");

/** Paths below src/, with slashes. */
export const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => /\.(?:tsx?|css)$/.test(name))
  .sort();

export const scripts = files.filter((name) => /\.tsx?$/.test(name));

export function read(name: string): string {
  return readFileSync(join(SRC, name), "utf8");
}

/** A script without its comments. */
export function code(name: string): string {
  return read(name).replace(/\/\*[\s\S]*?\*\/|(?<![:"'`])\/\/[^\n]*/g, "");
}
