/** The rules, the scoring formula and where points come from. */
import { Inkling } from "../../inkling/Inkling";
import { Link } from "../../routing/Link";
import { t, tList } from "../../text";
import styles from "./Help.module.css";

const KEYS = ["arrows", "space", "z", "tab"] as const;
const WHAT_KEYS_DO = {
  arrows: "help.key.arrowsDo",
  space: "help.key.spaceDoes",
  z: "help.key.zDoes",
  tab: "help.key.tabDoes",
} as const;

export function Help() {
  return (
    <main class={styles.help}>
      <header class={styles.head}>
        <Inkling pose="idea" size="m" />
        <h1>{t("help.title")}</h1>
      </header>
      <section class="card">
        <h2>{t("help.rulesTitle")}</h2>
        <ol>
          {tList("help.rule").map((rule) => (
            <li key={rule}>{rule}</li>
          ))}
        </ol>
      </section>
      <section class="card">
        <h2>{t("help.sayTitle")}</h2>
        <p>{t("help.say")}</p>
      </section>
      <section class="card" id="points">
        <h2>{t("help.pointsTitle")}</h2>
        <ul>
          {tList("help.points").map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <p class={styles.formula}>{t("help.formula")}</p>
        <h3>{t("help.exampleTitle")}</h3>
        <p>{t("help.example")}</p>
      </section>
      <section class="card">
        <h2>{t("help.keyboardTitle")}</h2>
        <dl class={styles.keys}>
          {KEYS.map((key) => (
            <div key={key}>
              <dt>
                <kbd>{t(`help.key.${key}`)}</kbd>
              </dt>
              <dd>{t(WHAT_KEYS_DO[key])}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section class="card">
        <h2>{t("help.privacyTitle")}</h2>
        <p>{t("help.privacy")}</p>
        <h2>{t("help.boardsTitle")}</h2>
        <p>{t("help.boards")}</p>
      </section>
      <p>
        <Link class="button primary" to="/">
          {t("help.back")}
        </Link>
      </p>
    </main>
  );
}
