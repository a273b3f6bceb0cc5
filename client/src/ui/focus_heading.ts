/** Where the focus goes when the screen changes. */

/**
 * Move the focus to the heading of the screen, so that a screen reader begins there. Not where the new screen took it
 * itself (the canvas does), nor away from a dialog.
 */
export function focusHeading(): void {
  const main = document.querySelector("main");
  const heading = main?.querySelector("h1");
  if (main == null || heading == null || document.querySelector("dialog[open]") !== null) return;
  if (main.contains(document.activeElement)) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
