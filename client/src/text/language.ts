/** The language of the page, and its texts. */
import en from "./en.json?messages";

/** A catalogue for each language. Another one is a file beside en.json, and a line here. */
const CATALOGUES = { en };

type Language = keyof typeof CATALOGUES;

/** What Intl calls each language; `lists` where lists are written as another country writes them. */
const LOCALES: Record<Language, { locale: string; lists: string }> = {
  // British lists: “a, b and c”, without a comma before the last.
  en: { locale: "en", lists: "en-GB" },
};

/** The first of these languages that the page speaks, else English. */
export function chosenLanguage(wanted: readonly string[]): Language {
  const known = wanted.map((tag) => tag.toLowerCase().split("-")[0] as string);
  return (known.find((tag) => tag in CATALOGUES) ?? "en") as Language;
}

export const language: Language = chosenLanguage(globalThis.navigator?.languages ?? []);
export const { locale, lists } = LOCALES[language];

/** A text that is not translated yet is shown in English. */
export const messages: Readonly<Record<string, string>> = { ...en, ...CATALOGUES[language] };
