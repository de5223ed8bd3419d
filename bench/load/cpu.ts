import { readdirSync, readFileSync } from 'node:fs';

/** Processor seconds used so far; null where the operating system does not tell (only Linux does, under /proc). */
export type CpuSeconds = { readonly postgres: number; readonly postgrest: number; readonly gateway: number } | null;

const ticksPerSecond = 100;

type Process = {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly ticks: number;
  readonly reaped: number;
};

/** Of the local cloud in the process `cloudPid`: its PostgreSQL with all connections, its PostgREST, and itself (gateway and stand-ins). */
export function cpuSeconds(cloudPid: number): CpuSeconds {
  const all = processes();
  if (all.length === 0) return null;
  const below = (pid: number): Process[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
  const children = all.filter(({ parent }) => parent === cloudPid);
  const seconds = (roots: readonly Process[]): number =>
    roots.flatMap((root) => [root, ...below(root.pid)]).reduce((sum, { ticks, reaped }) => sum + ticks + reaped, 0) /
    ticksPerSecond;
  const own = all.find(({ pid }) => pid === cloudPid);
  return {
    postgres: seconds(children.filter(({ name }) => name === 'postgres')),
    postgrest: seconds(children.filter(({ name }) => name === 'postgrest')),
    gateway: (own?.ticks ?? 0) / ticksPerSecond,
  };
}

function processes(): Process[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => readProcess(Number(pid)));
  } catch {
    return []; // no /proc
  }
}

/** proc(5): fields 4 parent, 14 and 15 own ticks, 16 and 17 those of ended children. */
function readProcess(pid: number): Process[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return []; // it ended meanwhile
  }
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const at = (field: number): number => Number(fields[field - 3]);
  const name = text.slice(text.indexOf('(') + 1, end);
  return [{ pid, parent: at(4), name, ticks: at(14) + at(15), reaped: at(16) + at(17) }];
}
