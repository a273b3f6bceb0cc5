/** The code, huge; the link, copied or shared; the QR. Without a reachable address: how the host gets one. */
import { useState } from "preact/hooks";
import { api } from "../../../api/api";
import { canShare, copy, share } from "../../../browser/clipboard";
import { inviteLink, inviteOrigin } from "../../../session/invite_link";
import { isHost, serverInfo } from "../../../session/room_state";
import { t } from "../../../text";
import { Icon } from "../../../ui/Icon";
import { showToast } from "../../../ui/messages/show_toast";
import styles from "./Invite.module.css";

interface Props {
  code: string;
  locked: boolean;
  class?: string | undefined;
}

export function Invite({ code, locked, class: name = "" }: Props) {
  const origin = inviteOrigin();
  const [byHand, setByHand] = useState("");
  const link = inviteLink(`/r/${code}`);
  const put = async (text: string) => {
    if (await copy(text)) showToast(t("invite.copied"), "good");
    else setByHand(text);
  };
  return (
    <section class={`card ${styles.invite} ${name}`}>
      <div class={styles.way}>
        <p class="soft">{t("invite.codeLabel")}</p>
        <p class={styles.code} data-testid="room-code">
          <span class="sr">{code.split("").join(" ")}</span>
          <span aria-hidden="true" translate={false}>
            {code}
          </span>
        </p>
        {locked && (
          <p class="soft">
            <Icon name="lock" /> {t("invite.locked")}
          </p>
        )}
        <div class="row">
          <button type="button" class="button" onClick={() => void put(link || code)}>
            <Icon name="copy" />
            {link === "" ? t("invite.copyCode") : t("invite.copyLink")}
          </button>
          {link !== "" && canShare && (
            <button
              type="button"
              class="button"
              onClick={() => share({ title: t("name"), text: t("invite.shareText"), url: link })}
            >
              <Icon name="share" />
              {t("invite.share")}
            </button>
          )}
        </div>
        {byHand !== "" && (
          <p class={styles.byHand}>
            {t("invite.copyFailed")} <code>{byHand}</code>
          </p>
        )}
        {serverInfo.value !== null && link === "" && isHost.value && (
          <p class="soft" data-testid="no-invite">
            {t("invite.noAddress")} <code>{t("invite.noAddressCommand")}</code>
          </p>
        )}
      </div>
      {link !== "" && !locked && (
        <figure class={styles.qr}>
          <img
            src={api.qrUrl(code, origin)}
            alt={t("invite.qrAlt", { code })}
            data-testid="qr"
            width="160"
            height="160"
          />
          <figcaption class="soft">{t("invite.scan")}</figcaption>
        </figure>
      )}
    </section>
  );
}
