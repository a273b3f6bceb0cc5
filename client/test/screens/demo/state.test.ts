import { expect, test } from "vitest";
import type { NetworkInfo } from "../../../src/api/api";
import { initialNetwork } from "../../../src/screens/demo/state";

const one = (name: string, trained: boolean) => ({ name, recipe: name, trained }) as NetworkInfo;

test.each([
  ["what the address names", "photos-2", ["animals-2", "photos-2", "inkling"], "photos-2"],
  ["a tutorial's network that is trained", "", ["inkling", "animals-2"], "animals-2"],
  ["the game's own where nothing else is trained", "", ["inkling"], "inkling"],
  ["the first where nothing is", "", [], "animals-2"],
  ["what is trained for an address of nothing", "no-such", ["inkling"], "inkling"],
])("the page to try networks opens on %s", (_, wanted, trained, opens) => {
  const list = ["animals-2", "photos-2", "inkling"].map((name) => one(name, trained.includes(name)));
  expect(initialNetwork(list, wanted)?.name).toBe(opens);
});
