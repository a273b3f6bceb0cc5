/**
 * ICU messages, as far as this page needs them.
 *
 * `{name}`, `{count, plural, one {# seat} other {# seats}}` with exact cases such as `=1`, and `{who, select, …}`. What
 * stands between `'{` and `'` is taken as it is, and `''` is one apostrophe. The cases of plurals are those of the
 * language (Intl.PluralRules).
 */

export type Part = string | Placeholder | Choice;

interface Placeholder {
  name: string;
}

interface Choice {
  name: string;
  kind: "plural" | "select";
  cases: Record<string, Part[]>;
}

/** Take a message apart. Throws SyntaxError that says what is wrong with it. */
export function parseMessage(text: string): Part[] {
  return new Parser(text).message();
}

/** Put a message together; what is no string or number stays as it is, as an element of the list. */
export function formatParts<T>(
  parts: readonly Part[],
  values: Readonly<Record<string, T | string | number>>,
  language: string,
): (T | string)[] {
  return parts.flatMap((part): (T | string)[] => {
    if (typeof part === "string") return [part];
    const value = values[part.name];
    if (value === undefined) return [];
    if ("cases" in part) return formatParts(chosen(part, value, language), values, language);
    return [typeof value === "number" ? plainNumber(value, language) : value];
  });
}

function chosen(choice: Choice, value: unknown, language: string): readonly Part[] {
  const { cases, kind } = choice;
  const other = cases.other ?? [];
  if (kind === "select") return cases[String(value)] ?? other;
  const count = Number(value);
  return cases[`=${count}`] ?? cases[pluralRules(language).select(count)] ?? other;
}

const rules = new Map<string, Intl.PluralRules>();
const numbers = new Map<string, Intl.NumberFormat>();

function pluralRules(language: string): Intl.PluralRules {
  const known = rules.get(language) ?? new Intl.PluralRules(language);
  rules.set(language, known);
  return known;
}

/** Points, seats and seconds: in the language's digits, without marks between thousands. */
function plainNumber(value: number, language: string): string {
  const known = numbers.get(language) ?? new Intl.NumberFormat(language, { useGrouping: false });
  numbers.set(language, known);
  return known.format(value);
}

class Parser {
  private at = 0;
  constructor(private readonly text: string) {}

  message(): Part[] {
    const parts = this.parts("");
    if (this.at < this.text.length) throw this.error("a } too many");
    return parts;
  }

  /** The parts up to the end or to a closing brace; # is the number of this plural. */
  private parts(plural: string): Part[] {
    const parts: Part[] = [];
    let plain = "";
    const add = (part: Part) => {
      if (plain !== "") parts.push(plain);
      plain = "";
      parts.push(part);
    };
    for (;;) {
      const letter = this.text[this.at];
      if (letter === undefined || letter === "}") break;
      if (letter === "{") add(this.placeholder());
      else if (letter === "#" && plural !== "") {
        this.at += 1;
        add({ name: plural });
      } else plain += this.letter();
    }
    if (plain !== "") parts.push(plain);
    return parts;
  }

  /** One letter, or what is quoted. */
  private letter(): string {
    const quoted = /^'([{}#][^']*)'|^''/.exec(this.text.slice(this.at));
    this.at += quoted?.[0].length ?? 1;
    return quoted === null ? (this.text[this.at - 1] as string) : (quoted[1] ?? "'");
  }

  private placeholder(): Placeholder | Choice {
    this.take("{");
    const name = this.word();
    if (this.text[this.at] !== ",") {
      this.take("}");
      return { name };
    }
    this.take(",");
    const kind = this.word();
    if (kind !== "plural" && kind !== "select") throw this.error(`no such kind: ${kind}`);
    this.take(",");
    const cases: Record<string, Part[]> = {};
    while (this.text[this.at] !== "}") {
      const which = this.word();
      this.take("{");
      cases[which] = this.parts(kind === "plural" ? name : "");
      this.take("}");
      this.spaces();
    }
    this.take("}");
    if (cases.other === undefined) throw this.error(`${name} has no case "other"`);
    return { name, kind, cases };
  }

  private word(): string {
    this.spaces();
    const [word] = /^[=\w]+/.exec(this.text.slice(this.at)) ?? [];
    if (word === undefined) throw this.error("a name is missing");
    this.at += word.length;
    this.spaces();
    return word;
  }

  private spaces(): void {
    while (this.text[this.at] === " ") this.at += 1;
  }

  private take(letter: string): void {
    if (this.text[this.at] !== letter) throw this.error(`${letter} is missing`);
    this.at += 1;
  }

  private error(what: string): SyntaxError {
    return new SyntaxError(`${what} at ${this.at} of ${JSON.stringify(this.text)}`);
  }
}
