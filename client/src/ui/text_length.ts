/** How long a name or a word is: counted as the server counts it (server/text.py). */

export const NAME_LENGTH = 20;
export const WORD_LENGTH = 30;

const LETTER = /\p{L}/gu;

/** Cut text after `longest` characters: grapheme clusters, and in a conjunct each of its letters. */
export function truncate(text: string, longest: number): string {
  // A browser without a segmenter leaves it to the server, which refuses what is too long.
  if (typeof Intl.Segmenter !== "function") return text;
  let room = longest;
  let kept = "";
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)) {
    room -= Math.max(1, segment.match(LETTER)?.length ?? 0);
    if (room < 0) break;
    kept += segment;
  }
  return kept;
}
