import type { PGlite } from "@electric-sql/pglite";
import { stretchFile } from "./files.ts";
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
  readonly indexlist: number;
  readonly pages: number;
  readonly tuples: number;
  readonly allVisible: number;
}

/** In `IndexOptInfo` and `List`; checked, not searched for. */
const INDEX = { oid: 4, pages: 16, tuples: 24, height: 32, columns: 36 };
const LIST = { length: 4, elements: 12 };

const SEARCHED_BYTES = 400;
/** Numbers that stand nowhere else in the struct by chance. */
const PLANTED = { pages: 123_457, tuples: 7_654_321, allVisible: 61_728, indexPages: 54_321 };

export interface Hook {
  readonly relations: Map<number, RelationSize>;
  readonly indexes: Map<number, IndexSize>;
}

/**
 * Puts a function of ours where an extension would put its own `get_relation_info_hook`: after the planner has read the
 * catalog of a relation, its pages, tuples and visible share, and the pages, tuples and height of its indexes, are
 * replaced by those of the real one. Undefined where the structs are not laid out as expected: then files must do.
 */
export async function installHook(db: PGlite): Promise<Hook | undefined> {
  const module = db.Module as unknown as Partial<Hookable>;
  if (!isHookable(module)) return undefined;
  const offsets = await calibrate(db, module);
  if (!offsets) return undefined;

  const hook: Hook = { relations: new Map(), indexes: new Map() };
  pointAt(module, (view, oid, inhparent, rel) => {
    const size = hook.relations.get(oid);
    if (size?.tuples !== undefined && !inhparent) {
      view.setUint32(rel + offsets.pages, size.blocks, true);
      view.setFloat64(rel + offsets.tuples, size.tuples, true);
      view.setFloat64(rel + offsets.allVisible, size.allVisible, true);
    }
    for (const index of elements(view, view.getUint32(rel + offsets.indexlist, true))) {
      const known = hook.indexes.get(view.getUint32(index + INDEX.oid, true));
      if (!known) continue;
      if (known.tuples !== undefined) {
        view.setUint32(index + INDEX.pages, known.blocks, true);
        view.setFloat64(index + INDEX.tuples, known.tuples, true);
      }
      if (known.height !== undefined) view.setInt32(index + INDEX.height, known.height, true);
    }
  });
  return hook;
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

function* elements(view: DataView, list: number): Iterable<number> {
  if (list === 0) return;
  const length = view.getInt32(list + LIST.length, true);
  const first = view.getUint32(list + LIST.elements, true);
  for (let position = 0; position < length; position += 1) yield view.getUint32(first + position * 4, true);
}

/** Plans a query over a table of planted sizes and looks where they stand. */
async function calibrate(db: PGlite, module: Hookable): Promise<Offsets | undefined> {
  await db.exec("begin; create table public.calibration (a int); create index calibration_a on public.calibration (a)");
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

  let found: Offsets | undefined;
  pointAt(module, (view, oid, _inhparent, rel) => {
    if (oid === table.oid) found = search(view, rel, index.oid);
  });
  await db.query("explain select from public.calibration where a = 1");
  new DataView(module.HEAPU8.buffer).setUint32(module._get_relation_info_hook, 0, true);
  await db.exec("rollback");
  return found;
}

function search(view: DataView, rel: number, indexOid: number): Offsets | undefined {
  for (let pages = 8; pages < SEARCHED_BYTES; pages += 4) {
    const tuples = (pages + 4 + 7) & ~7;
    if (view.getUint32(rel + pages, true) !== PLANTED.pages) continue;
    if (Math.abs(view.getFloat64(rel + tuples, true) - PLANTED.tuples) > 1) continue;
    const offsets = { pages, tuples, allVisible: tuples + 8, indexlist: pages - 8 };
    return confirms(view, rel, offsets, indexOid) ? offsets : undefined;
  }
  return undefined;
}

function confirms(view: DataView, rel: number, offsets: Offsets, indexOid: number): boolean {
  const visible = view.getFloat64(rel + offsets.allVisible, true);
  const [index, ...more] = elements(view, view.getUint32(rel + offsets.indexlist, true));
  return (
    Math.abs(visible - PLANTED.allVisible / PLANTED.pages) < 0.001 &&
    index !== undefined &&
    more.length === 0 &&
    view.getUint32(index + INDEX.oid, true) === indexOid &&
    view.getUint32(index + INDEX.pages, true) === PLANTED.indexPages &&
    view.getInt32(index + INDEX.height, true) === 0 &&
    view.getInt32(index + INDEX.columns, true) === 1
  );
}
