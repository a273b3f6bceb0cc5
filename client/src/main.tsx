import { render } from "preact";
import { App } from "./App";
import { boot } from "./boot";

boot();
const root = document.getElementById("app") as HTMLElement;
// The shell that stood there until now.
root.replaceChildren();
render(<App />, root);
