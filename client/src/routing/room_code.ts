/** Room codes: six letters and digits without look-alikes. `server/http/room_code.py` reads them the same way. */

const LENGTH = 6;
/** Characters of a text in which a code is looked for. */
const MAX_TEXT_CHARACTERS = 500;
const LOOK_ALIKES: Record<string, string> = { O: "Q", "0": "Q", U: "V" };

export const CODE_PATTERN = /^[A-HJKMNP-TV-Z2-9]{6}$/;

/**
 * The room code in what people type, paste or follow: alone, in a link, among words, in groups; "" if there is none.
 * Of several candidates the one that needs no guessing is taken (no look-alikes, in one piece, in capitals or with
 * digits), then the last.
 */
export function readCode(text: string): string {
  const whole = plain(text.slice(0, MAX_TEXT_CHARACTERS));
  const link = /\/r\/([^/?#\s]+)/i.exec(whole)?.[1];
  const runs = (link === undefined ? whole : plain(decoded(link))).match(/[A-Za-z0-9]+/g) ?? [];
  let best = { code: "", doubt: Number.POSITIVE_INFINITY };
  for (const parts of groups(runs)) {
    const written = parts.join("");
    const code = similar(written.toUpperCase());
    if (!CODE_PATTERN.test(code)) continue;
    const changed = [...written.toUpperCase()].filter((letter, i) => letter !== code[i]).length;
    const word = /[a-z]/.test(written) && !/[0-9]/.test(written);
    const doubt = 4 * changed + 2 * Number(parts.length > 1) + Number(word);
    if (doubt <= best.doubt) best = { code, doubt };
  }
  return best.code;
}

/** What goes into the boxes for a code: a whole code, or a few letters that a code can have; "" for anything else. */
export function codeLetters(text: string): string {
  const written = similar(plain(text).toUpperCase()).replace(/[\s-]/g, "");
  const letters = [...written].filter((letter) => CODE_PATTERN.test(letter.repeat(LENGTH))).join("");
  return readCode(text) || (written.length < LENGTH ? letters : "");
}

/** A recovery code as it was typed or pasted, in letters that a header can carry. */
export function cleanRecoveryCode(text: string): string {
  return plain(text).replace(/[^!-~]/g, "");
}

/** Characters that no code has become the one of a code that each is taken for. */
function similar(text: string): string {
  return text.replace(/[O0U]/g, (letter) => LOOK_ALIKES[letter] ?? letter);
}

/** Full-width and other compatible letters as plain ones, without invisible characters. */
function plain(text: string): string {
  return text.normalize("NFKC").replace(/\p{Cf}/gu, "");
}

/** Percent signs decoded, as far as they are good. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The neighbouring runs that are as long as a code together. */
function groups(runs: readonly string[]): string[][] {
  const found: string[][] = [];
  runs.forEach((_, start) => {
    let length = 0;
    for (let end = start; end < runs.length && length < LENGTH; end++) {
      length += (runs[end] as string).length;
      if (length === LENGTH) found.push(runs.slice(start, end + 1));
    }
  });
  return found;
}
