/** One's own drawings: see them, take them along, have them erased, open them on another device. */
import { useEffect, useState } from "preact/hooks";
import { api, type DrawingCard, type OwnDrawings } from "../../api/api";
import { credentials } from "../../storage/credentials";
import { refusalText, t } from "../../text";
import { Confirm } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { showToast } from "../../ui/messages/show_toast";
import { DrawingGrid } from "./DrawingGrid";
import { GalleryFoot, GalleryHead, GalleryPage, Message, MoreButton } from "./GalleryPage";
import styles from "./MyDrawings.module.css";
import { RecoveryCode, RecoveryCodeForm } from "./RecoveryCode";

export function MyDrawings() {
  const [own, setOwn] = useState<OwnDrawings | null>(null);
  const [problem, setProblem] = useState("");
  const [whose, setWhose] = useState(credentials.code());
  const load = async (skip: number) => {
    const token = credentials.token();
    const answer = token === null ? null : await api.ownDrawings(token, skip);
    if (answer === null || (!answer.ok && answer.code === "bad_code")) {
      if (whose !== null) showToast(refusalText("bad_code"), "bad");
      credentials.setCode(null);
      setWhose(null);
      setOwn({ drawings: [], next: 0, count: 0, archived: 0, code: "" });
    } else if (answer.ok) {
      const before = skip === 0 ? [] : (own?.drawings ?? []);
      setOwn({ ...answer.value, drawings: [...before, ...answer.value.drawings] });
      setProblem("");
    } else setProblem(refusalText(answer.code));
  };
  useEffect(() => void load(0), [whose]);
  const enter = (code: string | null) => {
    credentials.setCode(code);
    setWhose(code);
  };
  return (
    <GalleryPage>
      <GalleryHead
        title={t("myDrawings.title")}
        lead={t("myDrawings.lead")}
        pose={own?.count === 0 ? "puzzled" : "idle"}
      />
      {problem !== "" && <Message text={problem} pose="sheepish" />}
      {own === null && problem === "" && <Message text={t("gallery.loading")} />}
      {whose !== null && (
        <p class={styles.banner}>
          {t("myDrawings.other")}
          <button type="button" class="button" onClick={() => enter(null)}>
            {t("myDrawings.otherClose")}
          </button>
        </p>
      )}
      {own !== null && (
        <KeptDrawings own={own} onChange={() => void load(0)} onMore={() => void load(own.next)} />
      )}
      {own !== null && (
        <div class={styles.codes}>
          {own.code !== "" && own.count > 0 && <RecoveryCode code={own.code} />}
          <RecoveryCodeForm onEnter={enter} />
        </div>
      )}
      <GalleryFoot to="/drawings" label={t("gallery.back")} />
    </GalleryPage>
  );
}

function KeptDrawings({ own, onChange, onMore }: { own: OwnDrawings; onChange(): void; onMore(): void }) {
  const [asked, setAsked] = useState<DrawingCard | "all" | null>(null);
  if (own.count === 0)
    return (
      <section class={`card ${styles.none}`} data-testid="none">
        <h2>{t("myDrawings.none")}</h2>
        <p>{t("myDrawings.noneMore")}</p>
      </section>
    );
  const erase = async () => {
    const token = credentials.token();
    if (token === null || asked === null) return;
    const answer = await api.erase(token, asked === "all" ? "" : asked.id);
    setAsked(null);
    if (!answer.ok) showToast(refusalText(answer.code), "bad");
    else
      showToast(
        t(answer.value.left ? "myDrawings.erasedLeft" : "myDrawings.erased", { count: answer.value.erased }),
        "good",
      );
    onChange();
  };
  return (
    <>
      <div class={styles.summary}>
        <p>
          <strong data-testid="count">{t("myDrawings.count", { count: own.count })}</strong>
        </p>
        <div class="row">
          <DownloadButton />
          <button type="button" class="button" data-testid="erase-all" onClick={() => setAsked("all")}>
            <Icon name="bin" />
            {t("myDrawings.eraseAll")}
          </button>
        </div>
      </div>
      <DrawingGrid
        cards={own.drawings}
        foot={(card) => (
          <div class={styles.foot}>
            <p>
              <strong>{card.display}</strong>
              {(card.shown || card.state !== "ok") && (
                <span class="soft">
                  {card.shown
                    ? t("myDrawings.shown")
                    : card.state === "held"
                      ? t("myDrawings.held")
                      : t("myDrawings.removed")}
                </span>
              )}
            </p>
            <button
              type="button"
              class="button square quiet"
              data-testid={`erase-${card.id}`}
              aria-label={t("myDrawings.erase", { word: card.display })}
              title={t("myDrawings.erase", { word: card.display })}
              onClick={() => setAsked(card)}
            >
              <Icon name="bin" />
            </button>
          </div>
        )}
      />
      {own.next > 0 && <MoreButton label={t("gallery.more")} onClick={onMore} />}
      {asked !== null && (
        <Confirm
          ask={
            asked === "all" ? t("myDrawings.eraseAllAsk") : t("myDrawings.eraseAsk", { word: asked.display })
          }
          yes={t("myDrawings.eraseYes")}
          no={t("myDrawings.eraseNo")}
          onYes={() => void erase()}
          onNo={() => setAsked(null)}
          testid="erase-yes"
        />
      )}
    </>
  );
}

function DownloadButton() {
  const [busy, setBusy] = useState(false);
  const pack = async () => {
    const token = credentials.token();
    if (token === null) return;
    setBusy(true);
    const blob = await api.ownDrawingsZip(token);
    setBusy(false);
    if (blob === null) {
      showToast(refusalText("unreachable"), "bad");
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = "my-drawings.zip";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return (
    <button
      type="button"
      class="button primary"
      data-testid="zip"
      disabled={busy}
      onClick={() => void pack()}
    >
      <Icon name="download" />
      <span>{busy ? t("myDrawings.zipping") : t("myDrawings.zip")}</span>
      <small>{t("myDrawings.zipHint")}</small>
    </button>
  );
}
