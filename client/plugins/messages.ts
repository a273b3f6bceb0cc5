/** Catalogues of texts: what the page loads of them, and the types of what each text wants to know. */
import type { Plugin } from "vite";
import { type Part, parseMessage } from "../src/text/message_format.ts";

export type Catalogue = Record<string, { message: string; description: string }>;

/** The query, which Vite puts behind others of its own. */
const MESSAGES = /\.json\?(?:.*&)?messages$/;

/** `en.json?messages` is the catalogue without its descriptions, which are for translators alone. */
export function messages(): Plugin {
  return {
    name: "messages",
    enforce: "pre",
    transform(code, id) {
      if (!MESSAGES.test(id)) return null;
      const catalogue = JSON.parse(code) as Catalogue;
      const texts = Object.entries(catalogue).map(([key, { message }]) => [key, message]);
      // Tools for translators leave empty what is not translated yet.
      const known = texts.filter(([, message]) => message !== "");
      return {
        code: `export default ${JSON.stringify(Object.fromEntries(known))};`,
        moduleType: "js",
        map: null,
      };
    },
  };
}

/** The placeholders of a message: numbers where they choose a plural, else texts or numbers. */
export function placeholders(message: string): Map<string, string> {
  const found = new Map<string, string>();
  const look = (parts: readonly Part[]): void => {
    for (const part of parts) {
      if (typeof part === "string") continue;
      const plural = "cases" in part && part.kind === "plural";
      if (plural || !found.has(part.name)) found.set(part.name, plural ? "number" : "string | number");
      if ("cases" in part) for (const inner of Object.values(part.cases)) look(inner);
    }
  };
  look(parseMessage(message));
  return found;
}

/** What src/text/texts.gen.ts says. */
export function typesOf(catalogue: Catalogue): string {
  const lines = Object.entries(catalogue).map(([key, { message }]) => {
    const values = [...placeholders(message)].map(([name, type]) => `${name}: ${type}`);
    return `  "${key}": ${values.length === 0 ? "null" : `{ ${values.join("; ")} }`};`;
  });
  return [
    "// Generated from en.json by `UPDATE=1 npm test`. Do not edit.",
    "",
    "/** The page's texts, and what each of them wants to know. */",
    "export interface Texts {",
    ...lines,
    "}",
    "",
  ].join("\n");
}
