import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { messages } from "../plugins/messages.ts";
import { scopedName } from "../plugins/scoped_name.ts";

// `npm run dev`: the real page over made-up rooms, one per scene (see scenes.ts). Nothing of it is in the build.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  publicDir: fileURLToPath(new URL("../public", import.meta.url)),
  plugins: [messages()],
  css: { modules: { generateScopedName: scopedName } },
  server: { host: "127.0.0.1", port: 5199, strictPort: true, fs: { allow: [".."] } },
});
