/** Starts the app: login, live board and crisis pages. */

import { mount } from "svelte";
import "../lib/styles.css";
import App from "./App.svelte";

const target = document.getElementById("app");
if (target) mount(App, { target });
