/** The real page over a made-up room: /r/BKTDRW?scene=drawing and so on. */
import "../src/styles/index.css";
import { render } from "preact";
import { setSocketFactory } from "../src/session/socket";
import { identity } from "../src/storage/identity";
import { fakeFetch, fakeSocket } from "./fake";

const scene = new URLSearchParams(location.search).get("scene") ?? "";
window.fetch = fakeFetch(scene);
setSocketFactory(() => fakeSocket(scene));
if (location.pathname.startsWith("/r/") && !scene.startsWith("door")) {
  localStorage.setItem("inkling.name", "Brave Otter");
  identity.setSeat("BKTDRW", "made-up");
}
if (scene.startsWith("door")) identity.setSeat("BKTDRW", null);

const { boot } = await import("../src/app/boot");
const { App } = await import("../src/app/App");
boot();
render(<App />, document.getElementById("app") as HTMLElement);
