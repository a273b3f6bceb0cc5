/** For the operator: what was reported, and what nobody has looked at yet. */
import { useEffect, useState } from "preact/hooks";
import { api, type DrawingCard, type HeldDrawings, type ModerationVerdict } from "../../api/api";
import { credentials } from "../../storage/credentials";
import { refusalText, t } from "../../text";
import { Icon, type IconName } from "../../ui/Icon";
import { showToast } from "../../ui/messages/show_toast";
import { DrawingGrid } from "./DrawingGrid";
import { GalleryHead, GalleryPage, MoreButton } from "./GalleryPage";
import styles from "./Moderation.module.css";

export function Moderation() {
  const [list, setList] = useState<HeldDrawings | null>(null);
  const load = async (before: number) => {
    const token = credentials.operator();
    if (token === null) return;
    const answer = await api.heldDrawings(token, before);
    if (answer.ok)
      setList((old) => ({
        ...answer.value,
        fresh: [...(before === 0 ? [] : (old?.fresh ?? [])), ...answer.value.fresh],
      }));
    else {
      credentials.setOperator(null);
      setList(null);
      showToast(refusalText(answer.code), "bad");
    }
  };
  useEffect(() => void load(0), []);
  const moderate = async (card: DrawingCard, verdict: ModerationVerdict) => {
    const token = credentials.operator();
    if (token === null) return;
    const answer = await api.moderate(token, card.id, verdict);
    if (!answer.ok) showToast(refusalText(answer.code), "bad");
    const others = (cards: DrawingCard[]) => cards.filter((one) => one.id !== card.id);
    setList((old) => old && { ...old, held: others(old.held), fresh: others(old.fresh) });
  };
  const foot = (card: DrawingCard) => (
    <div class={styles.foot}>
      <strong>{card.display}</strong>
      <div class="row">
        <VerdictButton card={card} verdict="show" icon="check" onVerdict={moderate} />
        <VerdictButton card={card} verdict="keep" icon="hide" onVerdict={moderate} />
        <VerdictButton card={card} verdict="remove" icon="bin" onVerdict={moderate} />
      </div>
    </div>
  );
  return (
    <GalleryPage>
      <GalleryHead title={t("moderation.title")} lead={t("moderation.lead")} />
      {list === null ? (
        <TokenForm onEnter={() => void load(0)} />
      ) : (
        <>
          <section class={styles.list} data-testid="held">
            <h2>{t("moderation.waiting")}</h2>
            {list.held.length === 0 ? (
              <p class="soft">{t("moderation.waitingNone")}</p>
            ) : (
              <DrawingGrid cards={list.held} foot={foot} />
            )}
          </section>
          <section class={styles.list} data-testid="fresh">
            <h2>{t("moderation.fresh")}</h2>
            {list.fresh.length === 0 ? (
              <p class="soft">{t("moderation.freshNone")}</p>
            ) : (
              <DrawingGrid cards={list.fresh} foot={foot} />
            )}
            {list.next > 0 && (
              <MoreButton label={t("moderation.older")} onClick={() => void load(list.next)} />
            )}
          </section>
        </>
      )}
    </GalleryPage>
  );
}

function VerdictButton(props: {
  card: DrawingCard;
  verdict: ModerationVerdict;
  icon: IconName;
  onVerdict(card: DrawingCard, verdict: ModerationVerdict): Promise<void>;
}) {
  const says = t(`moderation.${props.verdict}Of`, { word: props.card.display });
  return (
    <button
      type="button"
      class="button square"
      data-verdict={props.verdict}
      aria-label={says}
      title={t(`moderation.${props.verdict}`)}
      onClick={() => void props.onVerdict(props.card, props.verdict)}
    >
      <Icon name={props.icon} />
    </button>
  );
}

function TokenForm({ onEnter }: { onEnter(): void }) {
  const [token, setToken] = useState("");
  return (
    <form
      class={`card ${styles.token}`}
      onSubmit={(event) => {
        event.preventDefault();
        credentials.setOperator(token.trim());
        onEnter();
      }}
    >
      <label class="field">
        <span>{t("moderation.token")}</span>
        <input
          type="password"
          value={token}
          autoComplete="current-password"
          data-testid="admin-token"
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button primary" data-testid="admin-open" disabled={token.trim() === ""}>
        {t("moderation.enter")}
      </button>
    </form>
  );
}
