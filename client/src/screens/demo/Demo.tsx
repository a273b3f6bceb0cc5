/** The page /try: choose a trained network, draw or bring a picture, hear what it says. */
import { useEffect, useRef } from "preact/hooks";
import type { NetworkInfo } from "../../api/api";
import { DrawingPad } from "../../canvas/DrawingPad";
import { Inkling } from "../../inkling/Inkling";
import { Link } from "../../routing/Link";
import { navigate } from "../../routing/route";
import { capitalised, t } from "../../text";
import { Icon } from "../../ui/Icon";
import styles from "./Demo.module.css";
import { Prediction } from "./Prediction";
import * as demo from "./state";

export function Demo({ wanted }: { wanted: string }) {
  useEffect(() => demo.startPolling(), []);
  const list = demo.networks.value;
  useEffect(() => {
    if (list === null) return;
    const first = demo.initialNetwork(list, wanted);
    if (first !== undefined && demo.chosenName.value !== first.name) demo.choose(first.name);
  }, [list === null, wanted]);
  const chosen = demo.chosen.value;
  return (
    <main class={styles.demo} data-input={chosen?.input} data-trained={chosen?.trained}>
      <header class={styles.head}>
        <Link class="brand" to="/" aria-label={t("header.home")}>
          <Inkling pose={demo.unavailable.value === "" ? "idle" : "asleep"} still />
          <span>{t("name")}</span>
        </Link>
        <h1>{t("demo.title")}</h1>
        <p class="soft">{t("demo.lead")}</p>
      </header>
      {list === null ? <Loading /> : <NetworkList />}
      {chosen !== null && (chosen.trained ? <DemoCanvas chosen={chosen} /> : <Untrained chosen={chosen} />)}
      {chosen?.trained && <Prediction chosen={chosen} />}
    </main>
  );
}

function Loading() {
  const asleep = demo.unavailable.value !== "";
  return (
    <section class={`card ${styles.loading}`} role="status">
      <Inkling pose={asleep ? "asleep" : "watching"} size="l" />
      <p>{asleep ? t("demo.asleep") : t("demo.loading")}</p>
    </section>
  );
}

function NetworkList() {
  const groups: [string, NetworkInfo[]][] = [
    [t("demo.drawings"), demo.classics.value.filter((one) => one.input === "drawing")],
    [t("demo.photos"), demo.classics.value.filter((one) => one.input === "photo")],
  ];
  const recipe = demo.chosen.value?.recipe;
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    const pressed = list.current?.querySelector('[aria-pressed="true"]');
    pressed?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [recipe]);
  return (
    <nav ref={list} class={styles.list} aria-label={t("demo.choose")}>
      {groups.map(([title, entries]) => (
        <section key={title}>
          <h2>{title}</h2>
          <ul>
            {entries.map((one) => (
              <li key={one.name}>
                <button
                  type="button"
                  class={styles.network}
                  data-testid={`try-${one.name}`}
                  aria-pressed={one.recipe === recipe}
                  data-trained={one.trained}
                  title={one.about}
                  onClick={() => choose(one.name)}
                >
                  <span>{one.name}</span>
                  {!one.trained && <small>{t("demo.untrained")}</small>}
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

function choose(name: string): void {
  demo.choose(name);
  navigate(`/try/${name}`, true);
}

function VariantPicker() {
  const variants = demo.variants.value;
  if (variants.length < 2) return null;
  return (
    <fieldset class={styles.variants}>
      <legend class="sr">{t("demo.whose")}</legend>
      {variants.map((one) => (
        <label key={one.name}>
          <input
            type="radio"
            name="whose"
            checked={one.name === demo.chosenName.value}
            onChange={() => choose(one.name)}
          />
          <span>{one.ours ? t("demo.ours") : t("demo.classic")}</span>
        </label>
      ))}
    </fieldset>
  );
}

function About({ chosen }: { chosen: NetworkInfo }) {
  return (
    <div class={styles.about}>
      <p>
        <strong>{capitalised(chosen.about)}.</strong>
      </p>
      <VariantPicker />
    </div>
  );
}

function DemoCanvas({ chosen }: { chosen: NetworkInfo }) {
  const photo = chosen.input === "photo";
  const brought = demo.uploadedUrl.value;
  return (
    <section class={styles.easel}>
      <About chosen={chosen} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping a file is a shortcut for the button below */}
      <div
        class={styles.paper}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          const file = event.dataTransfer?.files[0];
          if (file !== undefined && chosen.uploads) void demo.upload(file);
        }}
      >
        {brought !== "" ? (
          <img class={styles.picture} data-testid="picture" src={brought} alt={t("demo.yours")} />
        ) : photo ? (
          <FileButton class={styles.drop} big />
        ) : (
          <DrawingPad
            ink={demo.drawing}
            replaced={() => demo.drawingVersion.value}
            enabled
            label={t("demo.canvas", { what: chosen.about })}
            testid="canvas"
            onPoint={() => demo.inkChanged()}
            onUndo={() => demo.undo()}
          />
        )}
      </div>
      <div class="tools" data-testid="tools">
        {!photo && brought === "" && (
          <button type="button" class="button tool" data-testid="undo" onClick={() => demo.undo()}>
            <Icon name="undo" />
            <span>{t("demo.undo")}</span>
          </button>
        )}
        {(!photo || brought !== "") && (
          <button type="button" class="button tool" data-testid="clear" onClick={() => demo.clear()}>
            <Icon name={brought === "" || photo ? "eraser" : "pencil"} />
            <span>{brought === "" || photo ? t("demo.clear") : t("demo.drawInstead")}</span>
          </button>
        )}
        {chosen.uploads && <FileButton class="button tool" />}
      </div>
    </section>
  );
}

/** A file input that looks like a button; the input itself stays for the keyboard and for screen readers. */
function FileButton({ class: name, big = false }: { class: string | undefined; big?: boolean }) {
  return (
    <label class={`${name} ${styles.file}`}>
      <input
        type="file"
        accept="image/png,image/jpeg,image/webp,image/*"
        data-testid={big ? "drop" : "upload"}
        aria-label={t("demo.uploadLabel")}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file !== undefined) void demo.upload(file);
          event.currentTarget.value = "";
        }}
      />
      <Icon name="picture" />
      <span>{big ? t("demo.drop") : t("demo.upload")}</span>
      {big && <small>{t("demo.dropHint")}</small>}
    </label>
  );
}

function Untrained({ chosen }: { chosen: NetworkInfo }) {
  const other = demo.initialNetwork(demo.networks.value ?? [], "");
  return (
    <section class={`card ${styles.untrained}`} data-testid="try-untrained">
      <Inkling pose="puzzled" size="m" />
      <h2>{t("demo.trainTitle")}</h2>
      <About chosen={chosen} />
      <p>{t("demo.train")}</p>
      {other?.trained && (
        <button type="button" class="button" data-testid="try-trained" onClick={() => choose(other.name)}>
          {t("demo.other", { name: other.name })}
        </button>
      )}
    </section>
  );
}
