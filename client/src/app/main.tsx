import "../styles/index.css";
import "./failure";
import { render } from "preact";
import { App } from "./App";
import { boot } from "./boot";
import { ErrorBoundary } from "./ErrorBoundary";
import { nowRunning, showFailure } from "./failure";

try {
  boot();
  const root = document.getElementById("app") as HTMLElement;
  // The shell that stood there until now.
  root.replaceChildren();
  render(
    <ErrorBoundary>
      <App />
    </ErrorBoundary>,
    root,
  );
  nowRunning();
} catch (error) {
  showFailure(error);
}
