import { ToolError } from "../error.ts";

interface Queue {
  /** Resolves with what must be called to leave, when there is room. Rejects with `busy` when too many wait. */
  enter(signal: AbortSignal): Promise<() => void>;
}

/** Lets `running` in at a time and `waiting` stand in line. */
export function openQueue({ running, waiting }: { readonly running: number; readonly waiting: number }): Queue {
  const line: (() => void)[] = [];
  let inside = 0;

  const leave = () => {
    inside -= 1;
    line.shift()?.();
  };
  const admit = () => {
    inside += 1;
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
  };

  return {
    async enter(signal) {
      if (inside < running) return admit();
      if (line.length >= waiting) {
        throw new ToolError(
          "busy",
          `${inside} questions are being asked of this database and ${line.length} wait. Try again in 2 s, or ask fewer at once.`,
          {
            retryable: true,
            retry_after_s: 2,
          },
        );
      }
      await new Promise<void>((resolve, reject) => {
        const giveUp = () => {
          line.splice(line.indexOf(next), 1);
          reject(signal.reason);
        };
        const next = () => {
          signal.removeEventListener("abort", giveUp);
          resolve();
        };
        line.push(next);
        signal.addEventListener("abort", giveUp, { once: true });
      });
      return admit();
    },
  };
}
