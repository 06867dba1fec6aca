/** Starts the phone bank page of the emulator. */

import { mount } from "svelte";
import "../lib/styles.css";
import PhoneBank from "./PhoneBank.svelte";

const target = document.getElementById("app");
if (target) mount(PhoneBank, { target });
