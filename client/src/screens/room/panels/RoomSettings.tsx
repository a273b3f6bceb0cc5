/** The settings as sentences that the host can tap. */
import { useState } from "preact/hooks";
import type { Settings } from "../../../protocol";
import { isHost, packTitle, players, serverInfo, view } from "../../../session/room_state";
import { session } from "../../../session/session";
import { enumerationOf, t, tElements } from "../../../text";
import styles from "./RoomSettings.module.css";

const TAUGHT_PACK = "taught";

type SelectedSetting = "rounds" | "seconds" | "pack" | "seats";

/** How many words of a pack are shown. */
const SAMPLE_WORDS = 5;

/** What the lists offer. */
const ROUNDS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20];
const SECONDS = [10, 15, 20, 30, 45, 60, 90, 120, 180, 300];
const SEATS = [2, 3, 4, 6, 8, 10, 12, 16, 20, 30, 40];

export function RoomSettings({ class: name = "" }: { class?: string | undefined }) {
  const settings = view.value?.settings;
  if (settings === undefined) return null;
  const pack = serverInfo.value?.packs.find((one) => one.name === settings.pack);
  // Only what changed: of two quick taps the second one does not know yet what the first one did.
  const change = (part: Partial<Settings>) => void session.command("settings", part);
  const taken = players.value.length;
  return (
    <section class={`card ${styles.settings} ${name}`} data-testid="settings">
      <div class={styles.sentences}>
        <h2>{t("settings.title")}</h2>
        <p>
          {tElements("settings.game", {
            rounds: (
              <SettingSelect
                what="rounds"
                label={t("settings.roundsLabel")}
                value={settings.rounds}
                options={withValue(ROUNDS, settings.rounds).map((count) => [
                  count,
                  t("settings.rounds", { count }),
                ])}
                onPick={(rounds) => change({ rounds })}
              />
            ),
            seconds: (
              <SettingSelect
                what="seconds"
                label={t("settings.secondsLabel")}
                value={settings.seconds}
                options={withValue(SECONDS, settings.seconds).map((count) => [
                  count,
                  t("settings.seconds", { count }),
                ])}
                onPick={(seconds) => change({ seconds })}
              />
            ),
            words: (
              <SettingSelect
                what="pack"
                label={t("settings.packLabel")}
                value={settings.pack}
                options={packOptions(settings.pack)}
                onPick={(name) => change({ pack: name })}
              />
            ),
          })}
        </p>
        <p>
          {tElements("settings.table", {
            seats: (
              <SettingSelect
                what="seats"
                label={t("settings.seatsLabel")}
                value={settings.seats}
                options={withValue(SEATS, settings.seats)
                  .filter((count) => count >= taken)
                  .map((count) => [count, t("settings.seats", { count })])}
                onPick={(seats) => change({ seats })}
              />
            ),
            visibility: (
              <SettingToggle
                on={settings.open_table}
                labels={[t("settings.open"), t("settings.hidden")]}
                onToggle={(on) => change({ open_table: on })}
              />
            ),
          })}
        </p>
        {serverInfo.value?.keep !== false && (
          <p>
            {tElements("settings.drawings", {
              kept: (
                <SettingToggle
                  on={settings.keep}
                  labels={[t("settings.kept"), t("settings.notKept")]}
                  onToggle={(on) => change({ keep: on })}
                />
              ),
            })}
          </p>
        )}
        {pack !== undefined && pack.sample.length > 0 && (
          <p class="soft">
            {t("settings.sample", { words: enumerationOf(pack.sample.slice(0, SAMPLE_WORDS)) })}
          </p>
        )}
      </div>
    </section>
  );
}

/** The built-in packs, and the words that people taught where there are any. */
function packOptions(chosen: string): [string, string][] {
  const known = serverInfo.value?.packs ?? [{ name: chosen, title: packTitle.value, size: 0 }];
  const options = known.map((one): [string, string] => [one.name, one.title]);
  const taught = view.value?.taught.some((one) => one.ready) ?? false;
  return taught ? [...options, [TAUGHT_PACK, t("teach.pack")]] : options;
}

function withValue(list: readonly number[], value: number): number[] {
  return list.includes(value) ? [...list] : [...list, value].sort((a, b) => a - b);
}

/** A word in the sentence that is really a select: the browser's own list, on every device. */
function SettingSelect<T extends string | number>(props: {
  what: SelectedSetting;
  label: string;
  value: T;
  options: [T, string][];
  onPick(value: T): void;
}) {
  const [, setTouched] = useState(0);
  const shown = props.options.find(([value]) => value === props.value)?.[1] ?? String(props.value);
  if (!isHost.value) return <strong data-testid={`setting-${props.what}`}>{shown}</strong>;
  return (
    <span class={styles.select}>
      <span aria-hidden="true">{shown}</span>
      <select
        aria-label={props.label}
        data-testid={`setting-${props.what}`}
        value={String(props.value)}
        onChange={(event) => {
          const found = props.options.find(([value]) => String(value) === event.currentTarget.value);
          if (found !== undefined) props.onPick(found[0]);
          // Until the server agrees, the sentence shows what holds.
          event.currentTarget.value = String(props.value);
          setTouched((n) => n + 1);
        }}
      >
        {props.options.map(([value, text]) => (
          <option key={value} value={String(value)}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}

function SettingToggle(props: { on: boolean; labels: [string, string]; onToggle(on: boolean): void }) {
  const shown = props.labels[props.on ? 0 : 1];
  if (!isHost.value) return <strong>{shown}</strong>;
  return (
    <button
      type="button"
      class={styles.toggle}
      title={t("settings.change", { value: shown })}
      onClick={() => props.onToggle(!props.on)}
    >
      {shown}
    </button>
  );
}
