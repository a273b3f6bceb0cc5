import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { NAME_LENGTH, truncate } from "../../src/ui/text_length";

interface Name {
  script: string;
  name: string;
  length: number;
}

const NAMES = JSON.parse(
  readFileSync(new URL("../../../tests/unit/names.json", import.meta.url).pathname, "utf8"),
) as Name[];

test.each(NAMES)("$script: $name is as long as the server says", ({ name, length }) => {
  expect(truncate(name, NAME_LENGTH)).toBe(name);
  expect(truncate(name, length)).toBe(name);
  expect(truncate(name, length - 1)).not.toBe(name);
});

test("what is too long is cut between characters", () => {
  expect(truncate("x".repeat(21), NAME_LENGTH)).toBe("x".repeat(20));
  expect(truncate("👨‍👩‍👧‍👦".repeat(21), NAME_LENGTH)).toBe("👨‍👩‍👧‍👦".repeat(20));
  expect(truncate("लक्ष्मी".repeat(6), NAME_LENGTH)).toBe("लक्ष्मी".repeat(5));
});
