import { onOneLine } from "./one-line.ts";

export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

export const number = (json: Json, key: string): number | undefined => {
  const value = json[key];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
};

export const text = (json: Json, key: string): string | undefined => {
  const value = json[key];
  return typeof value === "string" ? value : undefined;
};

export const object = (json: Json, key: string): Json | undefined => {
  const value = json[key];
  return isJson(value) ? value : undefined;
};

export const objects = (json: Json, key: string): readonly Json[] => {
  const value = json[key];
  return Array.isArray(value) ? value.filter(isJson) : [];
};

/** An expression, safe to show. */
export const condition = (json: Json, key: string): string | undefined => {
  const value = json[key];
  return typeof value === "string" ? onOneLine(value) : undefined;
};

/** A list of expressions or names, safe to show. */
export const keys = (json: Json, key: string): readonly string[] => {
  const value = json[key];
  return Array.isArray(value) ? value.filter((part) => typeof part === "string").map(onOneLine) : [];
};
