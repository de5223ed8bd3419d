import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchCloud } from './bench-cloud.ts';
import { measureDevices } from './devices.ts';
import { measureHeadOn } from './head-on.ts';
import { measureIdle } from './idle.ts';
import { measureLocal } from './local.ts';
import { measurePropagation } from './propagation.ts';
import { measureScout } from './scout.ts';
import { measureSmoothness } from './smoothness.ts';
import { measureThroughput } from './throughput.ts';

/* `npm run bench [-- --json]`: measures, never judges; goals stand beside the figures. */
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const say = (text: string): void => void (values.json ? process.stderr : process.stdout).write(`${text}\n`);

say('The store alone, 100,000 rows present …');
const local = measureLocal();
say('Assistants on a million item lines …');
const scout = await measureScout();
const { cloud, enrolmentCode, stop } = await benchCloud();
try {
  say('Push and pull over HTTP …');
  const throughput = await measureThroughput(cloud, enrolmentCode);
  say('From one PC to the other …');
  const propagation = await measurePropagation(cloud, enrolmentCode);
  say('1, 4 and 16 PCs that push …');
  const devices = await measureDevices(cloud);
  say('Asking whether anything is new …');
  const idle = await measureIdle(cloud);
  say('Cursors head-on: a time, a sequence, this feed …');
  const headOn = await measureHeadOn(cloud);
  say('Threads during a pull at full speed …');
  const smoothness = await measureSmoothness(cloud, await enrolmentCode());
  const report = {
    cores: cpus().length,
    node: process.version,
    local,
    scout,
    throughput,
    propagation,
    devices,
    idle,
    headOn,
    smoothness,
  };
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else show(report);
} finally {
  await stop();
}

function show(report: { local: typeof local } & Record<string, unknown>): void {
  for (const [part, figures] of Object.entries(report)) {
    if (typeof figures !== 'object' || figures === null) {
      say(`${part}: ${String(figures)}`);
      continue;
    }
    say(`\n${part}`);
    for (const [name, figure] of Object.entries(figures))
      say(`  ${name.padEnd(28)} ${typeof figure === 'object' ? JSON.stringify(figure) : String(figure)}`);
  }
}
