/** What all pages of drawings are made of: the page, its head, messages, the button for more, the links below. */
import type { ComponentChildren } from "preact";
import { Inkling } from "../../inkling/Inkling";
import type { PoseName } from "../../inkling/poses";
import { Link } from "../../routing/Link";
import { t } from "../../text";
import styles from "./GalleryPage.module.css";

interface PageProps {
  /** For a single drawing. */
  narrow?: boolean;
  class?: string | undefined;
  children: ComponentChildren;
}

export function GalleryPage({ narrow = false, class: name = "", children }: PageProps) {
  return <main class={`${styles.page} ${narrow ? styles.narrow : ""} ${name}`}>{children}</main>;
}

export function GalleryHead({
  title,
  lead,
  pose = "idle",
}: {
  title: string;
  lead: string;
  pose?: PoseName;
}) {
  return (
    <header class={styles.head}>
      <Link class="brand" to="/" aria-label={t("header.home")}>
        <Inkling pose={pose} still />
        <span>{t("name")}</span>
      </Link>
      <h1>{title}</h1>
      <p class="soft">{lead}</p>
    </header>
  );
}

export function Message({ text, pose = "watching" }: { text: string; pose?: PoseName }) {
  return (
    <section class={`card ${styles.message}`} role="status">
      <Inkling pose={pose} size="l" class={styles.inkling} />
      <p>{text}</p>
    </section>
  );
}

export function MoreButton({ label, onClick }: { label: string; onClick(): void }) {
  return (
    <button type="button" class={`button ${styles.more}`} onClick={onClick}>
      {label}
    </button>
  );
}

export function GalleryFoot({ to, label }: { to: string; label: string }) {
  return (
    <footer class={styles.foot}>
      <Link to={to}>{label}</Link>
    </footer>
  );
}
