/** Modal dialogs. Before 2022 browsers show them as plain boxes. */
import { attempt } from "./attempt";

export function openModal(element: HTMLDialogElement): void {
  attempt(() => element.showModal(), undefined);
  element.setAttribute("open", "");
}

export function closeModal(element: HTMLDialogElement): void {
  attempt(() => element.close(), undefined);
  element.removeAttribute("open");
}
