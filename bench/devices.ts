import type { CloudAccess } from './bench-cloud.ts';
import { times, type Times } from './measure.ts';
import { openFleet, type FleetPc } from './wire/fleet.ts';
import { wireSales } from './wire/sale.ts';

export type DevicesReport = {
  /** Rows a second that PCs push together over HTTP, each in a store of its own, in batches of about 500, with conflict detection on. */
  rowsPerSecond: Record<string, number>;
  batch: Record<string, Times>;
  /** One sale of three lines, sent by itself. */
  sale: Times;
};

const counts = [1, 4, 16] as const;
const measuredMs = 4000;
const salesInBatch = 50;

/** Measures what the cloud takes from 1, 4 and 16 PCs that send as fast as they can; preparing a batch is not part of it. */
export async function measureDevices(cloud: CloudAccess): Promise<DevicesReport> {
  const fleet = await openFleet(cloud, { pcs: Math.max(...counts), perStore: 1, products: 300 });
  const report: DevicesReport = { rowsPerSecond: {}, batch: {}, sale: { p50Ms: 0, p99Ms: 0, maxMs: 0 } };
  try {
    for (const count of counts) {
      const { rows, ms, samples } = await sendAll(fleet.slice(0, count));
      report.rowsPerSecond[String(count)] = Math.round((rows / ms) * 1000);
      report.batch[String(count)] = times(samples);
    }
    const [first] = fleet;
    const samples: number[] = [];
    for (let i = 0; first && i < 200; i += 1) samples.push((await send(first, 1)).ms);
    return { ...report, sale: times(samples) };
  } finally {
    await Promise.all(fleet.map(({ pc }) => pc.close()));
  }
}

async function sendAll(pcs: readonly FleetPc[]): Promise<{ rows: number; ms: number; samples: number[] }> {
  const samples: number[] = [];
  const started = performance.now();
  let rows = 0;
  await Promise.all(
    pcs.map(async (pc) => {
      while (performance.now() - started < measuredMs) {
        const sent = await send(pc, salesInBatch);
        rows += sent.rows;
        samples.push(sent.ms);
      }
    }),
  );
  return { rows, ms: performance.now() - started, samples };
}

async function send({ pc, seller }: FleetPc, sales: number): Promise<{ rows: number; ms: number }> {
  const batch = wireSales(seller, sales, 3, Math.random);
  const started = performance.now();
  const failure = await pc.push(batch);
  if (failure !== null) throw new Error(failure);
  return { rows: batch.rows, ms: performance.now() - started };
}
