/** Catches what throws while a screen is made or remade, and shows the error screen. */
import { Component, type ComponentChildren } from "preact";
import { showFailure } from "./failure";

export class ErrorBoundary extends Component<{ children: ComponentChildren }, { broken: boolean }> {
  override state = { broken: false };

  static override getDerivedStateFromError() {
    return { broken: true };
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
    showFailure(error);
  }

  override render() {
    return this.state.broken ? null : this.props.children;
  }
}
