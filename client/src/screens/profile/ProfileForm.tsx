/** Name, face and consent: the same on the landing page and at a room's door. */
import { useState } from "preact/hooks";
import { randomFace } from "../../artwork/random_face";
import { serverInfo } from "../../session/room_state";
import {
  avatar,
  keep,
  name,
  randomName,
  setAvatar,
  setKeep,
  setName,
  suggestedName,
} from "../../storage/profile";
import { t } from "../../text";
import { Avatar } from "../../ui/Avatar";
import { Icon } from "../../ui/Icon";
import { limitedInput } from "../../ui/limited_input";
import { NAME_LENGTH } from "../../ui/text_length";
import { FaceEditor } from "./FaceEditor";
import styles from "./ProfileForm.module.css";

export function ProfileForm() {
  const [drawing, setDrawing] = useState(false);
  return (
    <div class={styles.profile}>
      <div class={styles.row}>
        <button
          type="button"
          class={styles.face}
          onClick={() => setDrawing(true)}
          aria-label={t("profile.drawFace")}
        >
          <Avatar doodle={avatar.value} size="l" />
          <span class={styles.pencil}>
            <Icon name="pencil" />
          </span>
        </button>
        <label class="field">
          <span>{t("profile.nameLabel")}</span>
          <span class="field-row">
            <input
              data-testid="name-input"
              value={name.value}
              placeholder={suggestedName.value}
              dir="auto"
              autoComplete="nickname"
              spellcheck={false}
              {...limitedInput(NAME_LENGTH, setName)}
            />
            <button
              type="button"
              class="button square quiet"
              aria-label={t("profile.anotherName")}
              title={t("profile.anotherName")}
              onClick={() => {
                suggestedName.value = randomName();
                setName(suggestedName.value);
                setAvatar(randomFace());
              }}
            >
              <Icon name="dice" />
            </button>
          </span>
        </label>
      </div>
      {serverInfo.value?.keep !== false && (
        <label class="check">
          <input
            type="checkbox"
            checked={keep.value}
            onChange={(event) => setKeep(event.currentTarget.checked)}
          />
          <span>
            {t("profile.consent")}{" "}
            <span class="soft">
              {t("profile.consentMore", { licence: serverInfo.value?.licence ?? "CC BY 4.0" })}
            </span>
          </span>
        </label>
      )}
      {drawing && <FaceEditor onClose={() => setDrawing(false)} />}
    </div>
  );
}
