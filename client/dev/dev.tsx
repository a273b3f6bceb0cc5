/** The real page over a made-up room: /r/BKTDRW?scene=drawing and so on. */
import { render } from "preact";
import { identity } from "../src/net/identity";
import { useWires } from "../src/net/socket";
import { fakeFetch, fakeWire } from "./fake";

const scene = new URLSearchParams(location.search).get("scene") ?? "";
window.fetch = fakeFetch(scene);
useWires(() => fakeWire(scene));
if (location.pathname.startsWith("/r/") && !scene.startsWith("door")) {
  localStorage.setItem("inkling.name", "Brave Otter");
  identity.setSeat("BKTDRW", "made-up");
}
if (scene.startsWith("door")) identity.setSeat("BKTDRW", null);

const { boot } = await import("../src/boot");
const { App } = await import("../src/App");
boot();
render(<App />, document.getElementById("app") as HTMLElement);
