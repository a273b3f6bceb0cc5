/** The code, huge; the link, copied or shared; the QR. Without a reachable address: how the host gets one. */
import { useState } from "preact/hooks";
import { api } from "../../../api/api";
import { canShare, copy, share } from "../../../browser/clipboard";
import { inviteOrigin } from "../../../session/invite_link";
import { isHost, serverInfo } from "../../../session/room_state";
import { en } from "../../../text/en";
import { Icon } from "../../../ui/Icon";
import { showToast } from "../../../ui/messages/show_toast";
import styles from "./Invite.module.css";

interface Props {
  code: string;
  locked: boolean;
  class?: string | undefined;
}

export function Invite({ code, locked, class: name = "" }: Props) {
  const base = inviteOrigin();
  const [byHand, setByHand] = useState("");
  const link = base === "" ? "" : `${base}/r/${code}`;
  const put = async (text: string) => {
    if (await copy(text)) showToast(en.lobby.copied, "good");
    else setByHand(text);
  };
  return (
    <section class={`card ${styles.invite} ${name}`}>
      <div class={styles.way}>
        <p class="soft">{en.lobby.codeLabel}</p>
        <p class={styles.code} data-testid="room-code">
          <span class="sr">{code.split("").join(" ")}</span>
          <span aria-hidden="true" translate={false}>
            {code}
          </span>
        </p>
        {locked && (
          <p class="soft">
            <Icon name="lock" /> {en.lobby.lockedHint}
          </p>
        )}
        <div class="row">
          <button type="button" class="button" onClick={() => void put(link || code)}>
            <Icon name="copy" />
            {link === "" ? en.lobby.copyCode : en.lobby.copyLink}
          </button>
          {link !== "" && canShare && (
            <button
              type="button"
              class="button"
              onClick={() => share({ title: en.name, text: en.lobby.shareText, url: link })}
            >
              <Icon name="share" />
              {en.lobby.share}
            </button>
          )}
        </div>
        {byHand !== "" && (
          <p class={styles.byHand}>
            {en.lobby.copyFailed} <code>{byHand}</code>
          </p>
        )}
        {serverInfo.value !== null && base === "" && isHost.value && (
          <p class="soft" data-testid="no-invite">
            {en.lobby.noInvite} <code>{en.lobby.noInviteCommand}</code>
          </p>
        )}
      </div>
      {base !== "" && !locked && (
        <figure class={styles.qr}>
          <img
            src={api.qrUrl(code, base)}
            alt={en.lobby.qrAlt(code)}
            data-testid="qr"
            width="160"
            height="160"
          />
          <figcaption class="soft">{en.lobby.scan}</figcaption>
        </figure>
      )}
    </section>
  );
}
