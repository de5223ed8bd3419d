/*
 * Run by set-up inside the desktop runtime (as plain Node): opens a database on the main thread and in a worker thread with
 * the addon it is given, because a wrong addon does not fail to load but takes the process down.
 */
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const Driver = require('better-sqlite3');

function readBack(nativeBinding) {
  const db = new Driver(':memory:', nativeBinding ? { nativeBinding } : {});
  db.exec('CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (41)');
  const { n } = db.prepare('SELECT n + 1 AS n FROM t').get();
  db.close();
  if (n !== 42) throw new Error(`SQLite answered ${n} instead of 42`);
}

if (isMainThread) {
  const binding = process.argv[2] ?? '';
  readBack(binding);
  const worker = new Worker(__filename, { workerData: binding });
  worker.on('message', (answer) => process.stdout.write(`${answer}\n`));
} else {
  readBack(workerData);
  parentPort.postMessage('proved');
}
