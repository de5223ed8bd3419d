import { exportFile } from './export/write-file.ts';
import { baskets } from './figures/baskets.ts';
import { chain } from './figures/chain.ts';
import { credit } from './figures/credit.ts';
import { dashboard } from './figures/dashboard.ts';
import { notes } from './figures/notes.ts';
import { stock } from './figures/stock.ts';
import { substitutions } from './figures/substitutions.ts';
import { trends } from './figures/trends.ts';

/** What Scout asks of the reader threads. */
export const scoutQueries = { baskets, chain, credit, dashboard, exportFile, notes, stock, substitutions, trends };

export type ScoutQueries = typeof scoutQueries;
