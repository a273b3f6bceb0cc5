import { defineConfig } from "vite";
import { compress } from "./plugins/compress.ts";
import { messages } from "./plugins/messages.ts";
import { scopedName } from "./plugins/scoped_name.ts";

// No data: addresses anywhere (the page's CSP allows them for images only), and the whole build lands where the
// server serves it from.
export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [messages(), compress()],
  css: { modules: { generateScopedName: scopedName } },
  experimental: {
    // Files find each other wherever they are served. The page itself is served at many depths: its links begin at the
    // root, and a server that has a base path puts that before them.
    renderBuiltUrl: (file, { hostType }) => (hostType === "html" ? `/${file}` : { relative: true }),
  },
  build: {
    outDir: "../server/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  server: {
    proxy: { "/api": "http://127.0.0.1:8000", "/socket.io": { target: "ws://127.0.0.1:8000", ws: true } },
  },
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    environment: "node",
    // With `--coverage`. scripts/coverage_table.py prints the report.
    coverage: {
      provider: "v8",
      include: ["src/**"],
      reporter: ["json-summary"],
      reportsDirectory: "../.coverage/client",
    },
  },
} as Parameters<typeof defineConfig>[0]);
