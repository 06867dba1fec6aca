import { render } from "svelte/server";
import { expect, test } from "vitest";
import Paging from "./Paging.svelte";

const changed = () => Promise.resolve();
const usual = { ring_after: 60 };

test("how one is paged is said before one changes it", () => {
  const nights = { from: "22:00", to: "07:00", ring_after: 0 };
  const paging = { rule: { ring_after: null, nights }, usual };
  const { body } = render(Paging, { props: { paging, changed } });
  expect(body).toContain("Vigil texts me at once.");
  expect(body).toContain("My phone rings only if the text does not arrive.");
  expect(body).toContain("from 22:00 to 07:00, it rings at once");
  expect(body).not.toContain("60 seconds");
});

test("without a rule of one's own it is the usual one", () => {
  const { body } = render(Paging, { props: { paging: { rule: null, usual }, changed } });
  expect(body).toContain("My phone rings 60 seconds later if I have not answered.");
});
