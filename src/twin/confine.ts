import { createHash } from "node:crypto";
import type { PGlite } from "@electric-sql/pglite";

/**
 * What SQL could do to this process, and must not. Whoever writes DDL for the twin is its superuser: he can fill its files
 * and its answers, which are JavaScript's memory and not WebAssembly's, exhaust the stack, and load a library that he
 * wrote, whose strings Emscripten's loader would evaluate as JavaScript.
 */

/** Bytes of all files together: the 15 MB that are there at the start, and DDL of some 5,000 tables. */
const FILE_BYTES = 192 * 1024 * 1024;
/** Bytes that one message of the protocol may take and be answered. The catalog of 10,000 tables takes a third of it. */
const TRAFFIC_BYTES = 32 * 1024 * 1024;
const LIBRARIES = "/pglite/lib/postgresql";
/** `ENOSPC` of WASI, by which Emscripten counts. */
const NO_SPACE = 51;
/** Devices that keep in memory what is written to them, or never end. */
const DEVICES = ["tty", "tty1", "stdin", "stdout", "stderr", "blob", "random"];
/** What never ends either, and gives gen_random_uuid() its 16 bytes each time that it opens it: so many bytes to who opens it. */
const RANDOM = "/dev/urandom";
const RANDOM_BYTES = 1024;

/** The standard library's types for Node leave WebAssembly out. */
interface WebAssemblyScope {
  WebAssembly: {
    Memory: new (descriptor: { readonly initial: number; readonly maximum?: number }) => object;
    Module: new (bytes: Uint8Array) => object;
    instantiate: () => Promise<never>;
    compile: () => Promise<never>;
  };
  eval: () => never;
}

const scope = globalThis as unknown as WebAssemblyScope;

/** Node's limits for workers do not reach WebAssembly: its memory is bounded where it is made. */
export function boundMemory(pages: number): void {
  const { WebAssembly } = scope;
  const Memory = WebAssembly.Memory;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum?: number }) {
      super({ ...descriptor, maximum: Math.min(descriptor.maximum ?? pages, pages) });
    }
  };
}

/** What went wrong beneath Postgres while it worked on the last request, which it does not tell itself. */
export interface Watch {
  /** A request begins. */
  restart(): void;
  fault(): string | undefined;
  /** Has what Postgres and its clients send each other counted. To be called before the module runs. */
  meter(module: Pick<Emscripten, "addFunction">): void;
  /** Has a fault in the main loop, which is called for each message, kept: PGlite passes over it. */
  guard(module: Pick<Emscripten, "_PostgresMainLoopOnce">): void;
}

interface Emscripten {
  addFunction(call: (...given: number[]) => number, signature: string): number;
  _PostgresMainLoopOnce(): void;
}

/** `POSTGRES_MAIN_LONGJMP` of PGlite: an ordinary error of SQL. */
const LONGJMP = 100;

export function watch(): Watch {
  let traffic = 0;
  let fault: string | undefined;
  return {
    restart() {
      fault = undefined;
    },
    fault: () => fault,
    meter(module) {
      const { addFunction } = module;
      // Reading and writing the connection are the only two of this signature.
      module.addFunction = (call, signature) => {
        if (signature !== "ipi") return addFunction(call, signature);
        const counted = (address = 0, bytes = 0) => {
          traffic += bytes;
          if (traffic > TRAFFIC_BYTES) throw new Error(`more than ${TRAFFIC_BYTES} bytes of answer`);
          return call(address, bytes);
        };
        return addFunction(counted, signature);
      };
    },
    guard(module) {
      const once = module._PostgresMainLoopOnce;
      module._PostgresMainLoopOnce = () => {
        traffic = 0;
        try {
          once();
        } catch (error) {
          if ((error as { status?: unknown }).status !== LONGJMP) fault ??= String(error);
          throw error;
        }
      };
    },
  };
}

interface Node {
  readonly rdev: number;
  readonly contents: Uint8Array | Readonly<Record<string, Node>> | undefined;
  readonly stream_ops: { write: Write };
  readonly node_ops: { setattr: (node: Node, attributes: { readonly size?: number }) => void };
}

type Read = (stream: object, buffer: Uint8Array, offset: number, length: number) => number;
type Write = (stream: { readonly node: Node }, buffer: Uint8Array, offset: number, length: number, position: number) => number;

/** The parts of Emscripten's memory file system that are used here. */
interface MemoryFiles {
  readonly root: Node;
  lookupPath(path: string): { readonly node: Node };
  readdir(path: string): readonly string[];
  readFile(path: string): Uint8Array;
  unlink(path: string): void;
  getDevice(number: number): { readonly stream_ops: { read: Read } };
  getStream(number: number): { readonly stream_ops: { write: Write } };
  readonly ErrnoError: new (errno: number) => Error;
}

/** To be called when all is in place that the twin's Postgres needs, and nothing of a caller's was run. */
export function confine(db: PGlite): void {
  const files = db.Module.FS as unknown as MemoryFiles;
  boundFiles(files);
  // Postgres's log goes nowhere.
  for (const stream of [1, 2]) files.getStream(stream).stream_ops.write = (_stream, _buffer, _offset, length) => length;
  for (const device of DEVICES) files.unlink(`/dev/${device}`);
  boundRandom(files);
  loadOnly(files.readdir(LIBRARIES).flatMap((name) => (name.endsWith(".so") ? [files.readFile(`${LIBRARIES}/${name}`)] : [])));
}

function boundRandom(files: MemoryFiles): void {
  const { stream_ops } = files.getDevice(files.lookupPath(RANDOM).node.rdev);
  const { read } = stream_ops;
  const given = new WeakMap<object, number>();
  stream_ops.read = (stream, buffer, offset, length) => {
    const had = given.get(stream) ?? 0;
    const more = Math.min(length, RANDOM_BYTES - had);
    given.set(stream, had + more);
    return more === 0 ? 0 : read(stream, buffer, offset, more);
  };
}

/** Counts what is written, and the files themselves only when that much may be there. */
function boundFiles(files: MemoryFiles): void {
  const { node } = files.lookupPath("/pglite/data/PG_VERSION");
  const { stream_ops, node_ops } = node;
  let most = bytesIn(files.root);
  const grow = (file: Node, length: number) => {
    const had = sizeOf(file);
    // As much as the file system sets aside when a large file grows.
    const grown = length > had ? Math.ceil(Math.max(length, had * 1.125)) - had : 0;
    if (most + grown > FILE_BYTES) most = bytesIn(files.root);
    if (most + grown > FILE_BYTES) throw new files.ErrnoError(NO_SPACE);
    most += grown;
  };
  const { write } = stream_ops;
  const { setattr } = node_ops;
  stream_ops.write = (stream, buffer, offset, length, position) => {
    grow(stream.node, position + length);
    return write(stream, buffer, offset, length, position);
  };
  node_ops.setattr = (file, attributes) => {
    if (attributes.size !== undefined) grow(file, attributes.size);
    setattr(file, attributes);
  };
}

const sizeOf = ({ contents }: Node): number => (contents instanceof Uint8Array ? contents.length : 0);

function bytesIn(root: Node): number {
  let sum = 0;
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    sum += sizeOf(node);
    if (node.contents && !(node.contents instanceof Uint8Array)) stack.push(...Object.values(node.contents));
  }
  return sum;
}

/** From now on no other code is compiled than these libraries, whatever their file is called, and no string is evaluated. */
function loadOnly(libraries: readonly Uint8Array[]): void {
  const known = new Set(libraries.map(digest));
  const { WebAssembly } = scope;
  const Module = WebAssembly.Module;
  const refuse = () => new Error("the twin loads only the libraries that it came with");
  WebAssembly.Module = class extends Module {
    constructor(bytes: Uint8Array) {
      if (!known.has(digest(bytes))) throw refuse();
      super(bytes);
    }
  };
  WebAssembly.instantiate = () => Promise.reject(refuse());
  WebAssembly.compile = () => Promise.reject(refuse());
  scope.eval = () => {
    throw refuse();
  };
}

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("base64");
