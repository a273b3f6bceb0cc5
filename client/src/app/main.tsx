import "./failure";
import { render } from "preact";
import { App } from "./App";
import { boot } from "./boot";
import { Guard } from "./ErrorBoundary";
import { nowRunning, showFailure } from "./failure";

try {
  boot();
  const root = document.getElementById("app") as HTMLElement;
  // The shell that stood there until now.
  root.replaceChildren();
  render(
    <Guard>
      <App />
    </Guard>,
    root,
  );
  nowRunning();
} catch (error) {
  showFailure(error);
}
