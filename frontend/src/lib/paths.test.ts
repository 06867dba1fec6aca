import { expect, test } from "vitest";
import {
  crisisPath,
  episodePath,
  HOSPITAL_PAGES,
  MY_SHIFTS,
  parsePath,
  TEAM_PAGES,
  teamPath,
} from "./paths";

test("each page has its address, and any other is unknown", () => {
  expect(parsePath("/")).toEqual({ page: "board" });
  expect(parsePath("/login")).toEqual({ page: "login" });
  expect(parsePath("/crises/K7Q")).toEqual({ page: "crisis", ref: "K7Q" });
  expect(parsePath("/somewhere/else")).toEqual({ page: "unknown" });
  expect(parsePath(crisisPath("K7Q"))).toEqual({ page: "crisis", ref: "K7Q" });
  expect(parsePath(episodePath("N-7Q"))).toEqual({ page: "episode", key: "N-7Q" });
  for (const [page, path] of Object.entries(HOSPITAL_PAGES)) {
    expect(parsePath(path)).toEqual({ page });
  }
  expect(parsePath(MY_SHIFTS)).toEqual({ page: "shifts" });
});

test.each(TEAM_PAGES)("each team has its %s", (page) => {
  expect(parsePath(teamPath("north", page))).toEqual({ page, team: "north" });
  expect(parsePath(`${teamPath("north", page)}/`)).toEqual({ page, team: "north" });
});

test("a team has no other page, and no team has no page", () => {
  expect(parsePath("/teams/north/clients")).toEqual({ page: "unknown" });
  expect(parsePath("/teams//schedule")).toEqual({ page: "unknown" });
});

test("an address that is no valid encoding is unknown instead of breaking the page", () => {
  expect(parsePath("/crises/%E0%A4%A")).toEqual({ page: "unknown" });
});
