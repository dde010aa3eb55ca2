import assert from "node:assert/strict";
import * as z from "zod";
import { nodesOf } from "../database.ts";
import { task } from "../task.ts";

const query = "select avg(r.stars) from places p join reviews r on r.place_id = p.id where p.country = 'c7' and p.city = 'c7-7'";
const plan = `Aggregate  (cost 1750.12..1750.13 rows=1 width=32) (actual time=18.4..18.4 rows=1 loops=1)
  ->  Nested Loop  (cost=0.29..1749.37 rows=300 width=4) (actual time=0.06..17.1 rows=6000 loops=1)
        ->  Seq Scan on places p  (cost=0.00..854.00 rows=100 width=8) (actual time=0.02..6.1 rows=2000 loops=1)
              Filter: ((country = 'c7'::text) AND (city = 'c7-7'::text))
              Rows Removed by Filter: 38000
        ->  Index Scan using reviews_place_id_idx on reviews r  (cost=0.29..8.92 rows=3 width=12) (actual time=0.003..0.004 rows=3 loops=2000)
              Index Cond: (place_id = p.id)`.replace("(cost 1750", "(cost=1750");

const schema = `
create table places (id bigint generated always as identity primary key, country text not null, city text not null, visits int not null);
create table reviews (id bigint generated always as identity primary key, place_id bigint not null, stars int not null);
create index reviews_place_id_idx on reviews (place_id);`;
const rows = `
insert into places (country, city, visits) select 'c' || i % 20, 'c' || i % 20 || '-' || i % 20, i % 900 from generate_series(1, 40000) i;
insert into reviews (place_id, stars) select 1 + i % 40000, i % 5 from generate_series(1, 120000) i;
analyze;`;

export default task({
  level: "hard",
  question: `ANALYZE ran a minute ago, and the planner still expects a twentieth of the rows of places. What mends the estimate itself? Write the SQL.\n${query}\n${plan}`,
  setting: { given: "nothing", schema, rows },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    await database.query(sql);
    await database.query("analyze places");
    const scan = (await nodesOf(database, query)).find((node) => node["Relation Name"] === "places");
    const expected = scan?.["Plan Rows"] ?? 0;
    assert.ok(expected > 1000 && expected < 4000, `the planner expects ${expected} rows of 2000`);
  },

  async scripted(call) {
    const { findings } = await call("analyze_query", { plan });
    return { sql: findings.find(({ rule }: { rule: string }) => rule === "plan/row-misestimate").fix };
  },
  naive: { sql: "alter table places alter column country set statistics 1000; alter table places alter column city set statistics 1000" },
});
