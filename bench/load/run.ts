import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { benchCloud, type CloudAccess } from '../bench-cloud.ts';
import { round, times } from '../measure.ts';
import { openFleet } from '../wire/fleet.ts';
import { cpuSeconds } from './cpu.ts';
import { emptyTally, goShopping, type Tally } from './shopping.ts';

const usage = `npm run load -- [--devices 1000] [--minutes 5] [--intensity 1] [--per-store 2] [--poll 15] [--json]

Simulated PCs against a local cloud of its own: --minutes stand for a whole day, sales come
as fast as at that hour of a real one (300 a day and PC) times --intensity. --poll is the
interval of polling in seconds while no Realtime channel is open.
`;

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '1000' },
    minutes: { type: 'string', default: '5' },
    intensity: { type: 'string', default: '1' },
    'per-store': { type: 'string', default: '2' },
    poll: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const say = (text: string): void => void (values.json ? process.stderr : process.stdout).write(`${text}\n`);

if (values.help) process.stdout.write(usage);
else await main();

async function main(): Promise<void> {
  const devices = positive('devices');
  const minutes = positive('minutes');
  const intensity = positive('intensity');
  const { cloud, pid, stop } = await benchCloud();
  try {
    let open = 0;
    say(`Enrolling ${devices} PCs …`);
    const enrolling = performance.now();
    const fleet = await openFleet(cloud, {
      pcs: devices,
      perStore: positive('per-store'),
      products: 200,
      onPc: () => {
        open += 1;
        if (open % 100 === 0) say(`  ${open}`);
      },
    });
    const enrolledInS = round((performance.now() - enrolling) / 1000);
    const tally = emptyTally();
    // everybody has come in and is connected before anything is counted
    const warmUpMs = Math.min(60_000, minutes * 20_000);
    const started = performance.now() + warmUpMs;
    const dayMs = minutes * 60_000;
    const moment = (): number => Math.max(0, (performance.now() - started) / dayMs);
    const stops = fleet.map((pc) => goShopping(pc, { tally, moment, intensity, pollMs: positive('poll') * 1000 }));
    await pause(warmUpMs);
    const connected = tally.connected;
    Object.assign(tally, { ...emptyTally(), connected });
    const before = { cpu: cpuSeconds(pid), own: process.cpuUsage(), size: await sizes(cloud) };
    for (let minute = 1; moment() < 1; minute += 1) {
      await pause(Math.min(60_000, dayMs - (performance.now() - started)));
      say(`  ${minute} min: ${tally.sales} sales, ${tally.connected} connected, ${JSON.stringify(tally.failures)}`);
    }
    const seconds = (performance.now() - started) / 1000;
    const report = {
      cores: cpus().length,
      loadOfMachine: loadavg().map(round),
      devices,
      minutes,
      intensity,
      enrolledInS,
      connected: tally.connected,
      ...rates(tally, seconds),
      cores_used: coresUsed(pid, before, seconds),
      databaseBytesPerSale: Math.round(((await sizes(cloud)) - before.size) / Math.max(1, tally.sales)),
    };
    say('Closing …');
    await Promise.all(stops.map((end) => end()));
    if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else for (const [name, value] of Object.entries(report)) say(`  ${name.padEnd(22)} ${JSON.stringify(value)}`);
  } finally {
    await stop();
  }
}

function rates(tally: Tally, seconds: number): Record<string, unknown> {
  const perSecond = (n: number): number => round(n / seconds);
  return {
    sales: tally.sales,
    salesPerSecond: perSecond(tally.sales),
    rowsSentPerSecond: perSecond(tally.rowsSent),
    rowsReceivedPerSecond: perSecond(tally.rowsReceived),
    hintsPerSecond: perSecond(tally.hints),
    pullsPerSecond: perSecond(tally.idlePullMs.length + tally.newsPullMs.length),
    push: times(tally.pushMs),
    idlePull: times(tally.idlePullMs),
    pullWithNews: times(tally.newsPullMs),
    failures: tally.failures,
  };
}

type Before = { readonly cpu: ReturnType<typeof cpuSeconds>; readonly own: NodeJS.CpuUsage };

/** Processor cores that were busy on average; `simulatedPcs` is this process. */
function coresUsed(pid: number, before: Before, seconds: number): Record<string, number> | null {
  const now = cpuSeconds(pid);
  const own = process.cpuUsage(before.own);
  if (!now || !before.cpu) return null;
  return {
    postgres: round((now.postgres - before.cpu.postgres) / seconds),
    postgrest: round((now.postgrest - before.cpu.postgrest) / seconds),
    gateway: round((now.gateway - before.cpu.gateway) / seconds),
    simulatedPcs: round((own.user + own.system) / 1e6 / seconds),
  };
}

async function sizes(cloud: CloudAccess): Promise<number> {
  const client = new Client({ connectionString: cloud.databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
  await client.end();
  return Number(rows[0]?.bytes);
}

function positive(name: 'devices' | 'minutes' | 'intensity' | 'per-store' | 'poll'): number {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name} is a number above 0.\n${usage}`);
  return value;
}

function pause(ms: number): Promise<void> {
  return new Promise((next) => setTimeout(next, Math.max(0, ms)));
}
