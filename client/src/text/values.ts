/** Numbers, times, dates and lists as the language writes them, to be put into texts. */
import { lists, locale } from "./language";

const decimals = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(locale, { style: "percent" });
const precisePercents = new Intl.NumberFormat(locale, {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const counts = new Intl.NumberFormat(locale);
const dates = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
const conjunction = new Intl.ListFormat(lists, { type: "conjunction" });
const enumeration = new Intl.ListFormat(lists, { type: "unit" });

/** Milliseconds as seconds: 4.1. */
export function secondsOf(ms: number): string {
  return decimals.format(ms / 1000);
}

/** A share as percent: 12%. */
export function percent(share: number): string {
  return percents.format(share);
}

/** The same with a decimal: 95.3%. */
export function precisePercent(share: number): string {
  return precisePercents.format(share);
}

/** A large number: 10,000. */
export function largeNumber(count: number): string {
  return counts.format(count);
}

/** A day: November 30, 2026. */
export function day(ms: number): string {
  return dates.format(ms);
}

/** a, b and c. */
export function listOf(words: readonly string[]): string {
  return conjunction.format(words);
}

/** a, b, c: a list that goes on. */
export function enumerationOf(words: readonly string[]): string {
  return enumeration.format(words);
}

/** With a capital at the beginning. */
export function capitalised(text: string): string {
  const [first = ""] = text;
  return first.toLocaleUpperCase(locale) + text.slice(first.length);
}
