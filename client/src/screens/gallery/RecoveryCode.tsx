/** The code with which one's own drawings are seen on another device: shown here, entered there. */
import { useState } from "preact/hooks";
import { copy } from "../../browser/clipboard";
import { cleanRecoveryCode } from "../../routing/room_code";
import { t } from "../../text";
import { Icon } from "../../ui/Icon";
import { showToast } from "../../ui/messages/show_toast";
import styles from "./RecoveryCode.module.css";

export function RecoveryCode({ code }: { code: string }) {
  const [open, setOpen] = useState(false);
  return (
    <section class={`card ${styles.card}`}>
      <h2>{t("myDrawings.codeTitle")}</h2>
      <p>{t("myDrawings.code")}</p>
      {open ? (
        <div class="row">
          <code data-testid="recovery">{code}</code>
          <button
            type="button"
            class="button square"
            aria-label={t("myDrawings.codeCopy")}
            title={t("myDrawings.codeCopy")}
            onClick={() =>
              void copy(code).then((done) => showToast(done ? t("myDrawings.codeCopied") : code))
            }
          >
            <Icon name="copy" />
          </button>
        </div>
      ) : (
        <button type="button" class="button" data-testid="show-code" onClick={() => setOpen(true)}>
          {t("myDrawings.codeShow")}
        </button>
      )}
    </section>
  );
}

export function RecoveryCodeForm({ onEnter }: { onEnter(code: string): void }) {
  const [code, setCode] = useState("");
  return (
    <form
      class={`card ${styles.card}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (code.trim() !== "") onEnter(cleanRecoveryCode(code));
      }}
    >
      <h2>{t("myDrawings.otherTitle")}</h2>
      <label class="field">
        <span>{t("myDrawings.otherLabel")}</span>
        <input
          value={code}
          maxLength={64}
          autoComplete="off"
          spellcheck={false}
          data-testid="other-code"
          onInput={(event) => setCode(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button" data-testid="open-code" disabled={code.trim() === ""}>
        {t("myDrawings.otherOpen")}
      </button>
    </form>
  );
}
