// @vitest-environment happy-dom
import { render } from "preact";
import { beforeEach, expect, test } from "vitest";
import { survivesTranslation } from "../../src/ui/browser_translation";

/** Ways in which translators put a text's translation in its place; another one, and a real browser: tests/e2e. */
const WAYS: Record<string, (text: Text, font: Element) => void> = {
  "in one step": (text, font) => text.replaceWith(font),
  "the new before the old": (text, font) => {
    text.before(font);
    text.remove();
  },
  "around the old": (text, font) => {
    text.before(font);
    font.firstElementChild?.replaceChildren(text);
  },
};

let root: HTMLElement;
const draw = (view: preact.ComponentChild) => render(view, root);
const turn = () => new Promise((done) => setTimeout(done, 5));

beforeEach(() => {
  root = document.createElement("div");
  document.body.replaceChildren(root);
  survivesTranslation(root);
});

async function translate(way: string): Promise<void> {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    if (text.data.trim() === "" || text.parentElement?.closest("font") != null) continue;
    const font = document.createElement("font");
    font.innerHTML = "<font></font>";
    (font.firstElementChild as Element).textContent = `«${text.data}»`;
    const put = WAYS[way] as (text: Text, font: Element) => void;
    put(text, font);
    if (font.contains(text)) text.data = `«${text.data}»`;
  }
  await turn();
}

test.each(Object.keys(WAYS))("a text goes on changing: %s", async (way) => {
  const view = (word: string) => (
    <p>
      Draw {word}! <b>{word}</b>
    </p>
  );
  draw(view("a star"));
  await translate(way);
  expect(root.textContent).toBe("«Draw »«a star»«! »«a star»");
  draw(view("a cat"));
  await turn();
  expect(root.textContent).toBe("«Draw »a cat«! »a cat");
  await translate(way);
  expect(root.textContent).toBe("«Draw »«a cat»«! »«a cat»");
});

test.each(Object.keys(WAYS))("elements come and go beside a text, and texts go: %s", async (way) => {
  const view = (before: boolean, text: string | null, after: boolean) => (
    <p>
      {before && <i>1</i>}
      {text}
      {after && <u>2</u>}
    </p>
  );
  draw(view(false, "one", false));
  await translate(way);
  draw(view(true, "one", true));
  await turn();
  expect(root.textContent).toBe("1«one»2");
  draw(view(false, null, true));
  await turn();
  expect(root.textContent).toBe("2");
  draw(view(true, "", true));
  draw(view(true, "two", false));
  await turn();
  await translate(way);
  expect(root.textContent).toBe("«1»«two»");
  draw(view(true, "", false));
  await turn();
  expect(root.textContent).toBe("«1»");
});

test("the original comes back when it is asked for", async () => {
  const view = (word: string) => <p>Draw {word}</p>;
  draw(view("a star"));
  const originals = [...(root.querySelector("p") as Element).childNodes];
  await translate("in one step");
  const fonts = [...root.querySelectorAll("p > font")];
  fonts.forEach((font, i) => {
    font.replaceWith(originals[i] as Node);
  });
  await turn();
  expect(root.innerHTML).toBe("<p>Draw a star</p>");
  draw(view("a cat"));
  expect(root.innerHTML).toBe("<p>Draw a cat</p>");
});
