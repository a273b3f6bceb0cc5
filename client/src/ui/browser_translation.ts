/**
 * A page that the browser translates goes on changing.
 *
 * Translators (Chrome's, Edge's) take a text node out of the page and put a <font> element with the translation in its
 * place. Preact would go on writing into the node that nobody sees any more, and trip over it when it puts something
 * beside it. So the node is put back, empty, before its translation, and the translation goes when the text changes:
 * the translator then finds a new text. Nothing here ever draws a <font> itself.
 */

interface Translated {
  font: Node;
  /** What the node said, for when the translation is taken away. */
  text: string;
}

const translated = new WeakMap<Node, Translated>();
const nodeOf = new WeakMap<Node, Text>();

/** Watch over all text below `root`. */
export function survivesTranslation(root: Node): void {
  const observer = new MutationObserver((records) => {
    take(records);
    // What was put right just now is no news.
    observer.takeRecords();
  });
  observer.observe(root, { subtree: true, childList: true, characterData: true });
}

function take(records: readonly MutationRecord[]): void {
  const fonts = new Map<Node, MutationRecord>();
  for (const record of records)
    for (const node of record.addedNodes)
      if (node.nodeName === "FONT" && node.parentNode === record.target) fonts.set(node, record);
  // Before the rest: what a translator writes into a node while it moves it is no new text of ours.
  for (const record of records) if (record.type === "characterData") rewritten(record.target);
  for (const record of records) for (const node of record.removedNodes) left(node, record, fonts);
  for (const record of records) if (record.addedNodes.length > 0) keepTogether(record.target);
}

/** Somebody wrote a new text: its translation is of the old one. */
function rewritten(node: Node): void {
  const known = translated.get(node);
  translated.delete(node);
  known?.font.parentNode?.removeChild(known.font);
}

function left(node: Node, record: MutationRecord, fonts: Map<Node, MutationRecord>): void {
  const parent = record.target;
  if (node.parentNode === parent) return;
  const text = node.nodeType === Node.TEXT_NODE ? (node as Text) : nodeOf.get(node);
  if (text === undefined) return;
  const font = inItsPlace(record, fonts);
  if (font !== undefined) replaced(text, font, parent);
  else if (text === node) rewritten(text);
  else restored(text, node);
}

/** The element that came, in the same turn, where a record says that a node went. */
function inItsPlace(record: MutationRecord, fonts: Map<Node, MutationRecord>): Node | undefined {
  const { target, previousSibling, nextSibling } = record;
  const near = [...record.addedNodes, previousSibling, nextSibling];
  const font =
    near.find((node): node is Node => node !== null && fonts.has(node)) ??
    [...fonts].find(
      ([, came]) =>
        came.target === target &&
        came.previousSibling === previousSibling &&
        came.nextSibling === nextSibling,
    )?.[0];
  if (font !== undefined) fonts.delete(font);
  return font;
}

/** A translation stands where a text was: put the text back, empty, before it. */
function replaced(node: Text, font: Node, parent: Node): void {
  if (font.contains(node)) node.replaceWith(document.createTextNode(node.data));
  const text = translated.get(node)?.text ?? node.data;
  node.data = "";
  parent.insertBefore(node, font);
  translated.set(node, { font, text });
  nodeOf.set(font, node);
}

/** The translation was taken away ("show original"). */
function restored(node: Text, font: Node): void {
  const known = translated.get(node);
  if (known?.font !== font) return;
  translated.delete(node);
  if (node.data === "") node.data = known.text;
}

/** What came between a text and its translation goes behind both. */
function keepTogether(parent: Node): void {
  for (const node of [...parent.childNodes]) {
    const known = translated.get(node);
    if (known !== undefined && node.nextSibling !== known.font && known.font.parentNode === parent)
      parent.insertBefore(known.font, node.nextSibling);
  }
}
