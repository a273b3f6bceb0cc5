/** The first page: a name, a face, and three ways to play. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/api";
import { Wordmark } from "../../inkling/Wordmark";
import { Link } from "../../routing/Link";
import { createRoom, joinRoom } from "../../session/join_room";
import { identity } from "../../storage/identity";
import { t } from "../../text";
import { Icon } from "../../ui/Icon";
import { ProfileForm } from "../profile/ProfileForm";
import { CodeBoxes } from "./CodeBoxes";
import { DrawingStrip } from "./DrawingStrip";
import styles from "./Landing.module.css";

export function Landing() {
  const [busy, setBusy] = useState(false);
  const [code, setCode] = useState("");
  const make = async (alone: boolean) => {
    setBusy(true);
    await createRoom(alone);
    setBusy(false);
  };
  return (
    <main class={styles.landing}>
      <header class={styles.head}>
        <Wordmark />
        <p class={styles.tagline}>{t("landing.tagline")}</p>
        <p class={styles.lead}>{t("landing.lead")}</p>
      </header>
      <section class={`card ${styles.card}`}>
        <BackToRoom />
        <ProfileForm />
        <button
          type="button"
          class="button big primary"
          data-testid="play-now"
          disabled={busy}
          onClick={() => void make(true)}
        >
          <Icon name="pencil" />
          <span>{busy ? t("landing.settingUp") : t("landing.playNow")}</span>
          <small>{t("landing.playNowHint")}</small>
        </button>
        <button
          type="button"
          class="button"
          data-testid="make-room"
          disabled={busy}
          onClick={() => void make(false)}
        >
          <span>{t("landing.makeRoom")}</span>
          <small>{t("landing.makeRoomHint")}</small>
        </button>
        <form
          class={styles.join}
          onSubmit={(event) => {
            event.preventDefault();
            if (code.length === 6) joinRoom(code);
          }}
        >
          <h2>{t("landing.joinTitle")}</h2>
          <div class={styles.joinRow}>
            <CodeBoxes onChange={setCode} onFull={joinRoom} />
            <button type="submit" class="button" data-testid="join-button" disabled={code.length < 6}>
              {t("landing.join")}
            </button>
          </div>
          <p class="soft">{t("landing.joinHint")}</p>
        </form>
      </section>
      <DrawingStrip />
      <footer class={styles.foot}>
        <Link to="/drawings">{t("landing.gallery")}</Link>
        <Link to="/mine">{t("landing.myDrawings")}</Link>
        <Link to="/try">{t("landing.demo")}</Link>
        <Link to="/help">{t("landing.help")}</Link>
      </footer>
    </main>
  );
}

const FRESH_MS = 3_600_000;

/** The way back to the room in which one has a seat. A locked room looks like none, so what is fresh is believed. */
function BackToRoom() {
  const [code, setCode] = useState<string | null>(null);
  useEffect(() => {
    const last = identity.lastRoom();
    if (last === null) return;
    void api.roomCard(last.code).then((card) => {
      const fresh = Date.now() - last.at < FRESH_MS;
      if (card.ok || (card.code === "unknown_room" && fresh)) setCode(last.code);
    });
  }, []);
  if (code === null) return null;
  return (
    <button type="button" class="button" data-testid="back-to-room" onClick={() => joinRoom(code)}>
      <span>{t("landing.back")}</span>
      <small>{t("door.room", { code })}</small>
    </button>
  );
}
