/** Copying and sharing, also where the page is no secure context. */
import { attempt, attemptLater } from "./attempt";

/** Whether the text lies on the clipboard now. */
export async function copy(text: string): Promise<boolean> {
  const written = attemptLater(async () => {
    await navigator.clipboard.writeText(text);
    return true;
  }, false);
  return (await written) || attempt(() => copyOldWay(text), false);
}

function copyOldWay(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr";
  // A modal dialog takes the focus from everything outside of it.
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  try {
    field.select();
    return document.execCommand("copy");
  } finally {
    field.remove();
  }
}

export const canShare: boolean = attempt(() => typeof navigator.share === "function", false);

/** Offer something to the apps of the device; whoever thinks better of it is not bothered. */
export function share(what: ShareData): void {
  void attemptLater(() => navigator.share(what), undefined);
}
