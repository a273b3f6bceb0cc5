import { render } from "preact";
import { App } from "./App";
import { boot } from "./boot";

boot();
render(<App />, document.getElementById("app") as HTMLElement);
