/** A card with Inkling on top, in the middle of the page: at a room's door, and where there is nothing to play. */
import type { ComponentChildren } from "preact";
import { Inkling } from "../../inkling/Inkling";
import type { PoseName } from "../../inkling/poses";
import styles from "./DoorCard.module.css";

interface Props {
  pose: PoseName;
  title: string;
  /** For browser tests: why the visit ended, "" for none. */
  ended?: string | undefined;
  children?: ComponentChildren;
}

export function DoorCard({ pose, title, ended, children }: Props) {
  const test = ended === undefined ? {} : { "data-testid": "ended", "data-code": ended || undefined };
  return (
    <main class={styles.door}>
      <div class={`card ${styles.card}`} {...test}>
        <Inkling pose={pose} size="l" class={styles.inkling} />
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
