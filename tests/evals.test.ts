import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres } from "../evals/cluster.ts";
import { toolsOf } from "../evals/scripted.ts";
import { tasks } from "../evals/tasks.ts";
import { openWorld, type World } from "../evals/world.ts";
import type { Cluster } from "./postgres/server.ts";

let cluster: Cluster;
let world: World;
beforeAll(async () => {
  cluster = await startPostgres();
  world = openWorld(cluster);
});
afterAll(async () => {
  await world?.close();
  await cluster?.stop();
});

const named = [...tasks].map(([name, task]) => ({ name, task }));

test("there are forty tasks, of all levels and all ways to ask", () => {
  expect(named).toHaveLength(40);
  for (const level of ["simple", "medium", "hard"]) expect(named.some(({ task }) => task.level === level)).toBe(true);
  for (const given of ["nothing", "text", "database"]) expect(named.some(({ task }) => task.setting.given === given)).toBe(true);
});

test.each(named)("$name passes with what the tools say", async ({ task }) => {
  const answer = task.answer.parse(await task.scripted(toolsOf(await world.client(task.setting))));
  await world.withDatabase(task.setting, (database) => task.check(answer, database));
});

test.each(named)("$name refuses what is said without looking", async ({ task }) => {
  const answer = task.answer.parse(task.naive);
  await expect(world.withDatabase(task.setting, async (database) => task.check(answer, database))).rejects.toThrow();
});
