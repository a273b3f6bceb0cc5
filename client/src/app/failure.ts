/**
 * The page's last resort: whatever throws at the start or while a screen is made ends here, and not on a blank page.
 *
 * Plain elements and the style sheet, no framework: it has to work when that did not. The first import of the page, so
 * that it also hears of modules that fail to load.
 */
import { withBase } from "../routing/base_path";
import styles from "../screens/door/DoorCard.module.css";
import { t } from "../text";

let running = false;
let failed = false;
let first: unknown = null;

/** The page has its first picture. */
export function nowRunning(): void {
  running = true;
}

/** Put the error screen in the place of the page. */
export function showFailure(error: unknown): void {
  if (failed) return;
  failed = true;
  const app = document.getElementById("app");
  if (app !== null) app.hidden = true;
  const page = screen(error);
  document.body.append(page);
  page.querySelector("h1")?.focus();
}

function screen(error: unknown): HTMLElement {
  const inkling = made("img", styles.portrait, "");
  inkling.src = withBase("/favicon.svg");
  inkling.alt = "";
  const title = made("h1", "", t("failure.title"));
  title.tabIndex = -1;
  const again = made("button", "button primary", t("failure.reload"));
  again.type = "button";
  again.dataset.testid = "reload";
  again.addEventListener("click", () => location.reload());
  const home = made("a", "button", t("failure.home"));
  home.href = withBase("/");
  const row = made("div", "row", "");
  row.append(again, home);
  const card = made("div", `card ${styles.card}`, "");
  card.dataset.testid = "failure";
  card.append(
    inkling,
    title,
    made("p", "", t("failure.text")),
    row,
    made("p", `soft ${styles.reason}`, why(error)),
  );
  const main = made("main", styles.door, "");
  main.append(card);
  const page = made("div", "app", "");
  page.dataset.phase = "failed";
  page.append(main);
  return page;
}

function made<T extends keyof HTMLElementTagNameMap>(tag: T, name: string | undefined, text: string) {
  const element = document.createElement(tag);
  element.className = name ?? "";
  element.textContent = text;
  return element;
}

function why(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error ?? "")).slice(0, 300);
}

addEventListener("error", (event) => {
  first ??= event.error ?? event.message;
});
// Module scripts run before this event: whoever is not running by now never will be.
addEventListener("load", () => {
  if (!running) showFailure(first);
});
