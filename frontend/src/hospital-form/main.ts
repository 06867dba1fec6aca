/** Starts the page on which a hospital's worker tells us of a patient; no login, no session. */

import { mount } from "svelte";
import "../lib/styles.css";
import FormPage from "./FormPage.svelte";

const target = document.getElementById("app");
const secret = location.pathname.split("/").filter(Boolean).at(-1) ?? "";
if (target) mount(FormPage, { target, props: { secret } });
