import { expect, test } from "vitest";
import { knewLine, saysLine } from "../../src/inkling/mood";
import {
  capitalised, enumerationOf, largeNumber, listOf, percent, precisePercent, refusalText, shortSeconds, t, tElements,
  tList,
} from "../../src/text"; // biome-ignore format: short
import { chosenLanguage } from "../../src/text/language";
import { formatParts, parseMessage } from "../../src/text/message_format";

const format = (message: string, values: Record<string, string | number>, language = "en") =>
  formatParts(parseMessage(message), values, language).join("");

test("Inkling's lines speak like people", () => {
  expect(saysLine("ice cream")).toBe("Ice cream!");
  expect(knewLine("an apple")).toBe("An apple! I knew it.");
  expect(t("settings.rounds", { count: 1 })).toBe("1 round");
  expect(t("settings.rounds", { count: 6 })).toBe("6 rounds");
});

test("in the lobby, where Inkling sees nothing, no line says that it looks", () => {
  const lines = [...tList("lobby.line"), t("lobby.alone"), t("lobby.scribbleHint")];
  expect(lines.length).toBe(5);
  expect(
    lines.filter((line) =>
      /\b(?:look|see|saw|watch|guess|draw me)/i.test(line.replace("Only you see this", "")),
    ),
  ).toEqual([]);
});

test("a message takes values, plurals of its language, exact cases and choices", () => {
  expect(format("{name} is here", { name: "Ada" })).toBe("Ada is here");
  const seats = "{count, plural, =0 {none} one {# seat} other {# seats}} left";
  expect([0, 1, 2, 1200].map((count) => format(seats, { count }))).toEqual([
    "none left",
    "1 seat left",
    "2 seats left",
    "1200 seats left",
  ]);
  const words = "{n, plural, one {# слово} few {# слова} many {# слов} other {# слова}}";
  expect([1, 3, 5, 21].map((n) => format(words, { n }, "ru"))).toEqual([
    "1 слово",
    "3 слова",
    "5 слов",
    "21 слово",
  ]);
  expect(format("{who, select, host {you} other {{who}}}", { who: "host" })).toBe("you");
  expect(format("{who, select, host {you} other {{who}}}", { who: "Bob" })).toBe("Bob");
  expect(format("It''s '{not}' {a}", { a: 1 })).toBe("It's {not} 1");
  expect(format("don't", {})).toBe("don't");
});

test.each(["{", "}", "{a", "{a, date, x}", "{a, plural, one {b}}", "{a, plural, other {b}", "{}"])(
  "a message that is wrong says so: %s",
  (message) => {
    expect(() => parseMessage(message)).toThrow(SyntaxError);
  },
);

test("elements stand where the language wants them", () => {
  const seats = { seats: 1 };
  const visibility = { visibility: 2 };
  expect(tElements("settings.table", { seats, visibility })).toEqual([
    seats,
    ". Canvases are ",
    visibility,
    ".",
  ]);
});

test("numbers, times and lists are written as the language has it", () => {
  expect([percent(0.12), precisePercent(0.953), largeNumber(10_000)]).toEqual(["12%", "95.3%", "10,000"]);
  expect([shortSeconds(4100), shortSeconds(20_000)]).toEqual(["4.1 s", "20.0 s"]);
  expect([listOf([]), listOf(["a"]), listOf(["a", "b"]), listOf(["a", "b", "c"])]).toEqual([
    "",
    "a",
    "a and b",
    "a, b and c",
  ]);
  expect(enumerationOf(["a", "b", "c"])).toBe("a, b, c");
  expect([capitalised("a star"), capitalised("éclair"), capitalised("")]).toEqual(["A star", "Éclair", ""]);
});

test("a refusal that this page does not know is a message that did not get through", () => {
  expect(refusalText("from_the_future")).toBe(refusalText("bad_message"));
  expect(refusalText("room_full")).not.toBe(refusalText("bad_message"));
});

test("the page speaks the first language it knows", () => {
  expect(chosenLanguage(["xx-YY", "en-GB"])).toBe("en");
  expect(chosenLanguage([])).toBe("en");
});
