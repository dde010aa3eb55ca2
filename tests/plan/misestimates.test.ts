import { expect, test } from "vitest";
import type { Plan } from "../../src/plan/plan.ts";
import { analyzed, openShop } from "./shop.ts";

const [fifteen, eighteen] = [await openShop(15), await openShop(18)];

/** Columns of which two and two say the same. */
const setup = [
  "create temporary table parcels as select n % 20 as depot, n % 20 as town, n % 7 as kind, n % 100 as hub, n % 100 as region from generate_series(1, 40000) n",
  "analyze parcels",
];
const causes = ({ misestimates }: Plan) => misestimates.map(({ node, error, remedy }) => [node.title, error, remedy?.sql]);

const cases: [name: string, sql: string, title: string, error: string, remedy: string][] = [
  [
    "columns that depend on each other",
    "select * from parcels where depot = 7 and town = 7 and kind is not null",
    "Seq Scan on parcels",
    "more",
    "create statistics parcels_kind_depot_town_stats on kind, depot, town from parcels; analyze parcels;",
  ],
  [
    "an expression",
    "select * from parcels where depot % 2 = 1",
    "Seq Scan on parcels",
    "more",
    "create statistics parcels_stats on (depot % 2) from parcels; analyze parcels;",
  ],
  [
    "groups of columns that depend on each other",
    "select hub, region, count(*) from parcels group by hub, region",
    "HashAggregate",
    "fewer",
    "create statistics parcels_hub_region_stats on hub, region from parcels; analyze parcels;",
  ],
];

test.each(cases)(
  "what makes the estimate of %s wrong is told with the statistics that make it right",
  async (_, sql, title, error, remedy) => {
    for (const shop of [fifteen, eighteen]) {
      expect(causes(await analyzed(shop, sql, {}, setup))).toEqual([[title, error, remedy]]);
      expect(causes(await analyzed(shop, sql, {}, [...setup, remedy]))).toEqual([]);
    }
  },
);

test("the remedy can be taken back", async () => {
  const { misestimates } = await analyzed(eighteen, "select * from parcels where depot = 7 and town = 7", {}, setup);
  const [{ remedy } = { remedy: undefined }] = misestimates;
  expect(remedy?.undo).toBe("drop statistics parcels_depot_town_stats;");
  const undone = [...setup, remedy?.sql ?? "", remedy?.undo ?? "", "analyze parcels"];
  expect((await analyzed(eighteen, "select * from parcels where depot = 7 and town = 7", {}, undone)).misestimates).toHaveLength(1);
});

test("the scan below a join is the cause; for a join itself no statistics help", async () => {
  const below = "select count(*) from parcels p join customers c on c.id = p.kind + 1 where p.depot = 7 and p.town = 7";
  expect(causes(await analyzed(eighteen, below, {}, setup))).toEqual([
    [expect.stringContaining("parcels p"), "more", expect.stringContaining("on depot, town from parcels")],
  ]);
  const itself = "select count(*) from parcels a join parcels b on a.depot = b.depot and a.town = b.town where a.hub = 3 and b.kind = 0";
  const [cause] = causes(await analyzed(eighteen, itself, { enable_nestloop: "off", enable_mergejoin: "off" }, setup));
  expect(cause).toEqual(["Hash Join", "more", undefined]);
});
