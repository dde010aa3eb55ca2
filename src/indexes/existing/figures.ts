const MB = 1024 * 1024;
const DAY = 86_400_000;

export const bytesText = (bytes: number) => (bytes >= MB ? `${(bytes / MB).toFixed(1)} MB` : `${Math.round(bytes / 1024)} kB`);

export const numberText = (number: number) => number.toLocaleString("en-US", { maximumFractionDigits: number < 100 ? 2 : 0 });

/** "1 write", "1,204 writes" */
export const countText = (number: number, noun: string) => `${numberText(number)} ${noun}${number === 1 ? "" : "s"}`;

export const dayOf = (time: string) => time.slice(0, 10);

/** Whole days from one time to a later one, ISO 8601. */
export const daysBetween = (from: string, to: string) => Math.floor((Date.parse(to) - Date.parse(from)) / DAY);
