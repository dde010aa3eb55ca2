import type { PGlite } from "@electric-sql/pglite";
import { type BtreeCosts, btreeCosts, elements, PROBE, without } from "./btree-cost.ts";
import { stretchFile } from "./files.ts";
import { ginCosts } from "./gin-cost.ts";
import type { IndexSize, RelationSize } from "./messages.ts";

/** What this build of PGlite exports beside its published types. */
interface Hookable {
  readonly HEAPU8: Uint8Array;
  /** Address of the pointer that `get_relation_info()` calls through (src/backend/optimizer/util/plancat.c). */
  readonly _get_relation_info_hook: number;
  addFunction(call: (root: number, oid: number, inhparent: number, rel: number) => void, signature: "viiii"): number;
}

/** Byte offsets in `RelOptInfo` (src/include/nodes/pathnodes.h) of this build, found by {@link calibrate}. */
interface Offsets {
  readonly notNull: number;
  readonly indexlist: number;
  readonly pages: number;
  readonly tuples: number;
  readonly allVisible: number;
}

/** In `IndexOptInfo`; checked, not searched for. */
const INDEX = { oid: 4, pages: 16, tuples: 24, height: 32, columns: 36 };
/** In `Bitmapset` (src/include/nodes/bitmapset.h), whose words have 32 bits here. */
const BITMAP = { words: 4, first: 8 };

const SEARCHED_BYTES = 400;
/** Numbers that stand nowhere else in the struct by chance. */
const PLANTED = { pages: 123_457, tuples: 7_654_321, allVisible: 61_728, indexPages: 54_321 };

/** From this version on a column's NOT NULL decides IS NULL and IS NOT NULL (https://www.postgresql.org/docs/17/release-17.html). */
const KNOWS_NOT_NULL = 170000;

export interface Hook {
  readonly relations: Map<number, RelationSize>;
  readonly indexes: Map<number, IndexSize>;
  /** Indexes that the planner does not see, by oid. */
  hidden: ReadonlySet<number>;
  /** Has the planner go by what a server of this version, before 18, knows, until {@link Hook.forget}. Whether it can. */
  planAs(versionNumber: number): Promise<boolean>;
  /** The twin's own sizes and planner hold again. */
  forget(): void;
}

/**
 * Puts a function of ours where an extension would put its own `get_relation_info_hook`: after the planner has read the
 * catalog of a relation, its pages, tuples and visible share, and the pages, tuples and height of its indexes, are
 * replaced by those of the real one. Undefined where the structs are not laid out as expected: then files must do.
 */
export async function installHook(db: PGlite): Promise<Hook | undefined> {
  const module = db.Module as unknown as Partial<Hookable>;
  if (!isHookable(module)) return undefined;
  const calibrated = await calibrate(db, module);
  if (!calibrated) return undefined;
  const { offsets, costs } = calibrated;
  costs?.follow(undefined);
  // What is checked of a B-tree's structs holds for these too.
  const gin = costs && ginCosts(module);

  /** Undefined: NOT NULL counts on every column. */
  let primaryKeys: ReadonlyMap<number, readonly number[]> | undefined;
  const hook: Hook = {
    relations: new Map(),
    indexes: new Map(),
    hidden: new Set(),
    async planAs(versionNumber) {
      if (!costs) return false;
      const equality = await db.query<{ equal: string }>(EQUALITY);
      costs.follow({ versionNumber, equality: new Set(equality.rows.map(({ equal }) => equal)) });
      gin?.follow(versionNumber);
      if (versionNumber >= KNOWS_NOT_NULL) return true;
      const keys = await db.query<{ relation: number; columns: readonly number[] }>(PRIMARY_KEYS);
      primaryKeys = new Map(keys.rows.map(({ relation, columns }) => [relation, columns]));
      return true;
    },
    forget() {
      hook.relations.clear();
      hook.indexes.clear();
      hook.hidden = new Set();
      costs?.follow(undefined);
      gin?.follow(undefined);
      primaryKeys = undefined;
    },
  };
  pointAt(module, (view, oid, inhparent, rel) => {
    const size = hook.relations.get(oid);
    if (size && !inhparent) resize(view, rel, offsets, size);
    if (primaryKeys) keepNotNull(view, rel + offsets.notNull, primaryKeys.get(oid) ?? []);
    const list = rel + offsets.indexlist;
    if (hook.hidden.size > 0) {
      const isHidden = (index: number) => hook.hidden.has(view.getUint32(index + INDEX.oid, true));
      view.setUint32(list, without(view, view.getUint32(list, true), isHidden), true);
    }
    for (const index of elements(view, view.getUint32(list, true))) {
      costs?.askHere(view, index);
      gin?.askHere(view, index);
      const known = hook.indexes.get(view.getUint32(index + INDEX.oid, true));
      if (known) resizeIndex(view, index, known);
    }
  });
  return hook;
}

function resize(view: DataView, rel: number, offsets: Offsets, { blocks, tuples, allVisible }: RelationSize): void {
  if (tuples === undefined) return;
  view.setUint32(rel + offsets.pages, blocks, true);
  view.setFloat64(rel + offsets.tuples, tuples, true);
  view.setFloat64(rel + offsets.allVisible, allVisible, true);
}

function resizeIndex(view: DataView, index: number, { blocks, tuples, height }: IndexSize): void {
  if (tuples !== undefined) {
    view.setUint32(index + INDEX.pages, blocks, true);
    view.setFloat64(index + INDEX.tuples, tuples, true);
  }
  if (height !== undefined) view.setInt32(index + INDEX.height, height, true);
}

/** Strategy 3 of a B-tree is `=` (https://www.postgresql.org/docs/current/xindex.html). */
const EQUALITY = `
  select amopfamily::pg_catalog.text || ' ' || amopopr::pg_catalog.oid::pg_catalog.text as equal
    from pg_catalog.pg_amop
   where amopmethod = 403 and amopstrategy = 3
   order by 1`;

/** What GROUP BY may leave out beside a primary key was known before 17. */
const PRIMARY_KEYS = `
  select conrelid as relation, pg_catalog.to_jsonb(conkey) as columns from pg_catalog.pg_constraint where contype = 'p' order by conrelid`;

/** `pointer` is where a relation's set of NOT NULL columns is named. */
function keepNotNull(view: DataView, pointer: number, columns: readonly number[]): void {
  const set = view.getUint32(pointer, true);
  if (set === 0) return;
  for (let word = 0; word < view.getInt32(set + BITMAP.words, true); word += 1) {
    const kept = columns.filter((column) => column >> 5 === word).reduce((bits, column) => bits | (1 << (column & 31)), 0);
    const address = set + BITMAP.first + word * 4;
    view.setUint32(address, (view.getUint32(address, true) & kept) >>> 0, true);
  }
}

const isHookable = (module: Partial<Hookable>): module is Hookable =>
  typeof module.addFunction === "function" && typeof module._get_relation_info_hook === "number";

type OnRelation = (view: DataView, oid: number, inhparent: boolean, rel: number) => void;

/** The memory may have grown between two calls, which detaches the buffer: it is taken anew each time. */
function pointAt(module: Hookable, call: OnRelation): void {
  const pointer = module.addFunction((_root, oid, inhparent, rel) => {
    call(new DataView(module.HEAPU8.buffer), oid >>> 0, inhparent !== 0, rel);
  }, "viiii");
  new DataView(module.HEAPU8.buffer).setUint32(module._get_relation_info_hook, pointer, true);
}

interface Calibrated {
  readonly offsets: Offsets;
  /** Undefined where only the costs of B-trees did not agree. */
  readonly costs: BtreeCosts | undefined;
}

/** Plans a query over a table of planted sizes and looks where they stand. */
async function calibrate(db: PGlite, module: Hookable): Promise<Calibrated | undefined> {
  await db.exec("begin; create table public.calibration (a int, b int not null); create index calibration_a on public.calibration (a)");
  const { rows } = await db.query<{ oid: number; path: string; kind: string }>(
    `select oid, pg_relation_filepath(oid) as path, relkind::text as kind
       from pg_class where relname in ('calibration', 'calibration_a') order by relkind desc`,
  );
  const [table, index] = rows;
  if (!table || !index) throw new Error("the twin's calibration table was not made");
  stretchFile(db, { path: table.path, blocks: PLANTED.pages });
  stretchFile(db, { path: index.path, blocks: PLANTED.indexPages });
  await db.exec(
    `update pg_class set relpages = ${PLANTED.pages}, reltuples = ${PLANTED.tuples}, relallvisible = ${PLANTED.allVisible} where oid = ${table.oid}`,
  );

  let offsets: Offsets | undefined;
  let costs: BtreeCosts | undefined;
  pointAt(module, (view, oid, _inhparent, rel) => {
    if (oid !== table.oid) return;
    offsets = findOffsets(view, rel, index.oid);
    costs = offsets && btreeCosts(module, offsets.tuples);
    for (const one of offsets ? elements(view, view.getUint32(rel + offsets.indexlist, true)) : []) costs?.askHere(view, one);
  });
  await db.query(`explain select from public.calibration where ${PROBE}`);
  new DataView(module.HEAPU8.buffer).setUint32(module._get_relation_info_hook, 0, true);
  await db.exec("rollback");
  return offsets && { offsets, costs: costs?.agreed() ? costs : undefined };
}

/** Undefined unless everything planted stands where it should. */
export function findOffsets(view: DataView, rel: number, indexOid: number): Offsets | undefined {
  for (let pages = 8; pages < SEARCHED_BYTES; pages += 4) {
    const tuples = (pages + 4 + 7) & ~7;
    if (view.getUint32(rel + pages, true) !== PLANTED.pages) continue;
    if (Math.abs(view.getFloat64(rel + tuples, true) - PLANTED.tuples) > 1) continue;
    const offsets = { pages, tuples, allVisible: tuples + 8, indexlist: pages - 8, notNull: pages - 24 };
    return confirms(view, rel, offsets, indexOid) ? offsets : undefined;
  }
  return undefined;
}

function confirms(view: DataView, rel: number, offsets: Offsets, indexOid: number): boolean {
  const visible = view.getFloat64(rel + offsets.allVisible, true);
  const notNull = view.getUint32(rel + offsets.notNull, true);
  const [index, ...more] = elements(view, view.getUint32(rel + offsets.indexlist, true));
  return (
    notNull !== 0 &&
    view.getInt32(notNull + BITMAP.words, true) === 1 &&
    view.getUint32(notNull + BITMAP.first, true) === 1 << 2 &&
    Math.abs(visible - PLANTED.allVisible / PLANTED.pages) < 0.001 &&
    index !== undefined &&
    more.length === 0 &&
    view.getUint32(index + INDEX.oid, true) === indexOid &&
    view.getUint32(index + INDEX.pages, true) === PLANTED.indexPages &&
    view.getInt32(index + INDEX.height, true) === 0 &&
    view.getInt32(index + INDEX.columns, true) === 1
  );
}
