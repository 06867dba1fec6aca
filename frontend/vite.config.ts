/** Builds the pages (the app, the form of hospitals, the phone bank, the API) into the folder that the service serves. */

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const SERVICE = "http://127.0.0.1:8000";
const PHONE_BANK = "http://127.0.0.1:8001";

export default defineConfig({
  plugins: [svelte({ configFile: false })],
  publicDir: false,
  build: {
    outDir: "../dispatch/static",
    emptyOutDir: true,
    // The content security policy allows files of our own only: nothing may become a data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ["index.html", "hospital-form.html", "phone-bank.html", "api-docs.html"],
    },
  },
  server: {
    proxy: {
      "/api": SERVICE,
      "/ws": { target: SERVICE, ws: true },
      "/bank": { target: PHONE_BANK, ws: true },
    },
  },
});
