/** What the workloads cost at each budget, ours as a line and the answers of others as points, as one picture. */
const WIDTH = 460;
const HEIGHT = 300;
const MARGIN = { left: 52, right: 12, top: 34, bottom: 40 };

export function drawCurves(figures) {
  const panels = Object.entries(figures).flatMap(([name, workload]) => [
    panel({ title: `${name}: cost of all statements, % of start`, workload, field: "cost_percent" }),
    panel({ title: `${name}: geometric mean of the statements, %`, workload, field: "geomean_percent" }),
  ]);
  const rows = Math.ceil(panels.length / 2);
  const placed = panels.map(
    (svg, place) => `<g transform="translate(${(place % 2) * WIDTH},${Math.floor(place / 2) * HEIGHT})">${svg}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${2 * WIDTH}" height="${rows * HEIGHT + 24}" font-family="sans-serif" font-size="11" role="img" aria-label="Index advice of backend-db-mcp and of other advisors at each budget">
<rect width="100%" height="100%" fill="#fff"/>
${placed.join("\n")}
<g transform="translate(${MARGIN.left},${rows * HEIGHT + 12})"><line x2="24" stroke="#0a6" stroke-width="2"/><text x="30" y="4">backend-db-mcp</text><circle cx="150" r="3.5" fill="#c33" fill-opacity=".55"/><text x="160" y="4">recorded answers of other advisors; sizes and costs of all by one evaluator</text></g>
</svg>
`;
}

const logarithm = (value) => Math.log10(Math.max(value, 0.01));

function panel({ title, workload, field }) {
  const points = workload.peers.map((peer) => ({ x: peer.bytes_percent, y: peer[field][0] }));
  const line = workload.curve.map((point) => ({ x: point.bytes_percent, y: point[field] }));
  const all = [...points, ...line];
  const most = Math.max(...all.map(({ x }) => x), 1);
  const low = Math.floor(Math.min(...all.map(({ y }) => logarithm(y))));
  const x = (value) => MARGIN.left + (value / most) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value) => MARGIN.top + ((2 - logarithm(value)) / (2 - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const ticks = Array.from({ length: 2 - low + 1 }, (_, place) => 10 ** (low + place));
  return [
    `<text x="${MARGIN.left}" y="20" font-weight="bold">${title}</text>`,
    ...ticks.map(
      (tick) =>
        `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(tick)}" y2="${y(tick)}" stroke="#ddd"/><text x="${MARGIN.left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
    ),
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (share) => `<text x="${x(most * share)}" y="${HEIGHT - 20}" text-anchor="middle">${Math.round(most * share)} %</text>`,
    ),
    `<text x="${WIDTH - MARGIN.right}" y="${HEIGHT - 6}" text-anchor="end">size of the indexes, % of the tables</text>`,
    ...points.map(
      (point) => `<circle cx="${x(point.x).toFixed(1)}" cy="${y(point.y).toFixed(1)}" r="3.5" fill="#c33" fill-opacity=".55"/>`,
    ),
    `<polyline fill="none" stroke="#0a6" stroke-width="2" points="${line.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join(" ")}"/>`,
  ].join("\n");
}
