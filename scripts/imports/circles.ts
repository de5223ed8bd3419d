/** The circles of a graph, each once, as a path that ends where it began; the shortest from its first node by name. */
export function findCircles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const circles: string[][] = [];
  const reported = new Set<string>();
  for (const start of [...graph.keys()].toSorted()) {
    if (reported.has(start)) continue;
    const circle = shortestWayBack(graph, start);
    if (!circle) continue;
    for (const node of circle) reported.add(node);
    circles.push(circle);
  }
  return circles;
}

function shortestWayBack(graph: ReadonlyMap<string, ReadonlySet<string>>, start: string): string[] | null {
  const cameFrom = new Map<string, string>();
  const waiting = [start];
  for (const node of waiting) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) return [...wayTo(node, start, cameFrom), start];
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      waiting.push(next);
    }
  }
  return null;
}

function wayTo(node: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [node];
  let at = node;
  while (at !== start) {
    at = cameFrom.get(at) ?? start;
    way.unshift(at);
  }
  return way;
}
