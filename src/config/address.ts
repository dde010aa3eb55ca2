interface Address {
  /** A name or an address, without the brackets of IPv6. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export const DEFAULT_ADDRESS = "127.0.0.1:3100";

/** `--http` may stand alone, which parseArgs knows only of options without a value. */
export const withAddress = (args: readonly string[]): string[] =>
  args.map((arg, index) => (arg === "--http" && (args[index + 1] ?? "-").startsWith("-") ? `--http=${DEFAULT_ADDRESS}` : arg));

/** `host:port`, `[::1]:port`, or a port of 127.0.0.1. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, name, port] = /^(?:(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):)?(\d{1,5})$/i.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) return undefined;
  return { host: bracketed ?? name ?? "127.0.0.1", port: Number(port) };
}
