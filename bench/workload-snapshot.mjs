// Turns a workload of ../shared/workloads (schema.sql, statistics.json) into a snapshot file: the schema as an embedded Postgres has it,
// with the sizes, settings and statistics that were read from the server which held the rows.
//
//   node bench/workload-snapshot.mjs <folder of the workload> <file to write>
import { execFile } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

const program = fileURLToPath(new URL("../dist/index.js", import.meta.url));

/** Gives every row of a query new values, or leaves it out where there are none. */
const changed = ({ columns, rows }, change) => ({
  columns,
  rows: rows.flatMap((row) => {
    const found = change(Object.fromEntries(columns.map((column, place) => [column, row[place]])));
    return found === undefined ? [] : [columns.map((column) => found[column])];
  }),
});

const versionNumber = (version) => {
  const [major, minor] = version.match(/\d+/g).map(Number);
  return major * 10_000 + minor;
};

/** A setting is told as plain numbers there, and here with the unit that it is counted in. */
const overlaidSettings = (settings, planner) =>
  Object.fromEntries(
    Object.entries(planner).flatMap(([name, value]) => {
      const told = settings[name];
      if (told === undefined) return name.startsWith("enable_") ? [] : [[name, value]];
      return [[name, /^\d+$/.test(told) ? told + (value.match(/^\d+([A-Za-z]+)$/)?.[1] ?? "") : told]];
    }),
  );

const valuesOf = ({ schemaname: _, tablename: __, attname: ___, inherited: ____, ...values }) =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, String(value)]),
  );

function overlaid(snapshot, { server_version, settings, relations, statistics }, name) {
  const sizes = new Map(relations.map((relation) => [`${relation.schema}.${relation.name}`, relation]));
  const size = (row) => sizes.get(`${row.schema}.${row.name}`);
  const { queries } = snapshot;
  const oid = new Map(
    queries.tables.rows.map((row) => [
      `${row[queries.tables.columns.indexOf("schema")]}.${row[queries.tables.columns.indexOf("name")]}`,
      row[queries.tables.columns.indexOf("oid")],
    ]),
  );
  const version = { server_version, server_version_num: versionNumber(server_version) };
  return {
    ...snapshot,
    ...version,
    database: name,
    queries: {
      ...queries,
      server: changed(queries.server, (row) => ({
        ...row,
        version: server_version,
        versionNumber: version.server_version_num,
        planner: overlaidSettings(settings, row.planner),
      })),
      tables: changed(queries.tables, (row) => {
        const { blocks, relpages: pages, reltuples: tuples, relallvisible: allVisible } = size(row) ?? {};
        return blocks === undefined ? row : { ...row, blocks, pages, tuples, allVisible };
      }),
      indexes: changed(queries.indexes, (row) => {
        const { blocks, relpages: pages, reltuples: tuples } = size(row) ?? {};
        return blocks === undefined ? row : { ...row, blocks, pages, tuples, bytes: blocks * 8192 };
      }),
      "column statistics": {
        columns: ["oid", "schema", "relation", "column", "inherited", "values"],
        rows: statistics
          .map((row) => [
            oid.get(`${row.schemaname}.${row.tablename}`),
            row.schemaname,
            row.tablename,
            row.attname,
            row.inherited,
            valuesOf(row),
          ])
          .filter(([relation]) => relation !== undefined)
          .sort(([a], [b]) => a - b),
      },
      // What only a server before 17 is asked. These schemas have no ranges.
      "range statistics allowed": { columns: ["allowed"], rows: [[false]] },
      "range statistics": { columns: ["oid", "column", "inherited", "values"], rows: [] },
    },
  };
}

async function main(folder, file) {
  const db = await PGlite.create();
  await db.exec(await readFile(join(folder, "schema.sql"), "utf8"));
  const socket = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1", maxConnections: 2 });
  await socket.start();
  const url = `postgres://postgres@${socket.getServerConn()}/postgres?sslmode=disable`;
  await promisify(execFile)(process.execPath, [program, "snapshot", file, "--with-values"], { env: { DATABASE_URL: url } });
  await socket.stop();
  await db.close();
  const told = JSON.parse(await readFile(join(folder, "statistics.json"), "utf8"));
  await writeFile(file, JSON.stringify(overlaid(JSON.parse(await readFile(file, "utf8")), told, basename(folder))));
  await chmod(file, 0o600);
}

await main(...process.argv.slice(2));
process.exit(0);
