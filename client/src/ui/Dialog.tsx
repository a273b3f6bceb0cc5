/** A sheet of paper on top of the page: focus stays inside, Escape closes it. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { closeModal, openModal } from "../browser/dialog";
import styles from "./Dialog.module.css";

export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose(): void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    openModal(element);
    return () => closeModal(element);
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`card ${styles.dialog}`}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class={styles.body}>
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

/** A question with two answers; the harmless one has the focus. */
export function Confirm(props: {
  ask: string;
  yes: string;
  no: string;
  onYes(): void;
  onNo(): void;
  testid?: string;
}) {
  return (
    <Dialog title={props.ask} onClose={props.onNo}>
      <div class="row">
        {/* biome-ignore lint/a11y/noAutofocus: inside a modal dialog the first focus has to be chosen */}
        <button type="button" class="button" autoFocus onClick={props.onNo}>
          {props.no}
        </button>
        <button type="button" class="button danger" data-testid={props.testid} onClick={props.onYes}>
          {props.yes}
        </button>
      </div>
    </Dialog>
  );
}
