/** The figures of one set of indexes, as text. */
export function table({ per_query, per_index, ...sums }) {
  const number = (value, digits = 0) =>
    value === undefined ? "-" : value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits });
  const cells = (row, widths) =>
    row.map((cell, place) => (place === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[place]))).join("  ");
  const queries = per_query.map((each) =>
    cells(
      [
        each.name,
        each.calls,
        number(each.cpu_before_ms, 3),
        number(each.cpu_after_ms, 3),
        `${number((100 * each.cpu_after_ms) / each.cpu_before_ms, 1)}%`,
        number(each.cost_before),
        number(each.cost_before_foreseen),
        number(each.cost_after),
        number(each.cost_after_foreseen),
        each.slower ? "SLOWER" : each.not_planned === undefined ? "" : `not planned: ${each.not_planned}`,
      ],
      [30, 5, 10, 10, 7, 9, 9, 9, 9, 6],
    ),
  );
  const indexes = per_index.map(({ sql, refused, predicted_mb, real_mb, cpu_ms, used_by }) =>
    refused === undefined
      ? cells(
          [
            sql.replaceAll(/\s+/g, " ").slice(0, 110),
            number(predicted_mb, 1),
            number(real_mb, 1),
            number(cpu_ms),
            used_by.join(" ") || "unused",
          ],
          [110, 8, 8, 8, 6],
        )
      : `${sql}\n  REFUSED: ${refused}`,
  );
  return [
    cells(
      ["statement", "calls", "CPU none", "CPU now", "", "cost none", "foreseen", "cost now", "foreseen", ""],
      [30, 5, 10, 10, 7, 9, 9, 9, 9, 6],
    ),
    ...queries,
    "",
    cells(["index", "MB told", "MB real", "CPU ms", "used by"], [110, 8, 8, 8, 6]),
    ...indexes,
    "",
    JSON.stringify(sums),
  ].join("\n");
}
