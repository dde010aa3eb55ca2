/** Unsigned LEB128, as WebAssembly writes lengths. */
function length(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; bytes.length === 0 || left > 0; left >>>= 7) bytes.push((left & 127) | (left > 127 ? 128 : 0));
  return bytes;
}

const named = (text: string) => [...length(Buffer.byteLength(text)), ...Buffer.from(text)];
const section = (number: number, body: readonly number[]) => [number, ...length(body.length), ...body];

/** A dynamic library as Emscripten loads it, with one string in it that its loader evaluates as the body of a JavaScript function. */
export function sideModule(javaScript: string): Buffer {
  const text = [...Buffer.from(`(void)<::>{}; ${javaScript}\0`)];
  const needs = [...length(text.length), 0, 0, 0];
  const i32 = 0x7f;
  return Buffer.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(0, [...named("dylink.0"), 1, ...length(needs.length), ...needs]),
    ...section(2, [2, ...named("env"), ...named("memory"), 2, 0, 1, ...named("env"), ...named("__memory_base"), 3, i32, 0]),
    ...section(6, [1, i32, 0, 0x41, 0, 0x0b]),
    ...section(7, [1, ...named("__em_js__evaluated"), 3, 1]),
    ...section(11, [1, 0, 0x23, 0, 0x0b, ...length(text.length), ...text]),
  ]);
}
