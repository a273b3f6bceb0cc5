/** Every word on the page and every line of Inkling's: `t("landing.tagline")`, from the catalogue of the language. */
import type { RefusalCode } from "../protocol";
import { locale, messages } from "./language";
import { formatParts, type Part, parseMessage } from "./message_format";
import type { Texts } from "./texts.gen";
import { secondsOf } from "./values";

export { language } from "./language";
export * from "./values";

export type TextKey = keyof Texts;

/** Keys of texts that are numbered: `inkling.warm` for `inkling.warm.0`, `inkling.warm.1`, … */
export type ListKey = {
  [K in TextKey]: K extends `${infer Group}.${infer List}.${number}` ? `${Group}.${List}` : never;
}[TextKey];

type Values<K extends TextKey> = Texts[K] extends null ? [] : [Texts[K]];

const parsed = new Map<string, readonly Part[]>();

function partsOf(key: string): readonly Part[] {
  const parts = parsed.get(key) ?? parseMessage(messages[key] ?? key);
  parsed.set(key, parts);
  return parts;
}

/** One text; with what it wants to know. */
export function t<K extends TextKey>(key: K, ...[values]: Values<K>): string {
  return formatParts<string>(partsOf(key), values ?? {}, locale).join("");
}

/** All texts of a list, in their order. */
export function tList(key: ListKey): string[] {
  const texts: string[] = [];
  for (let i = 0; `${key}.${i}` in messages; i++) texts.push(t(`${key}.${i}` as `${ListKey}.0`));
  return texts;
}

/** A text around elements of the page: its words and the elements, in the order of the language. */
export function tElements<K extends TextKey, T>(
  key: K,
  elements: { [Name in keyof Texts[K]]: T },
): (T | string)[] {
  return formatParts<T>(partsOf(key), elements as Record<string, T>, locale);
}

/** Milliseconds as a short time: 4.1 s. */
export function shortSeconds(ms: number): string {
  return t("unit.seconds", { seconds: secondsOf(ms) });
}

/** Why something was refused; what this page does not know is a message that did not get through. */
export function refusalText(code: string): string {
  const known = code as RefusalCode;
  return `refusal.${code}` in messages ? t(`refusal.${known}`) : t("refusal.bad_message");
}

/** Why a visit ended. */
export function endedText(code: string): { title: string; text: string } {
  const known = (`ended.${code}.title` in messages ? code : "other") as "other";
  return { title: t(`ended.${known}.title`), text: t(`ended.${known}.text`) };
}
