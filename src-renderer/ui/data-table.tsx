import { Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Pages } from '../app/queries.ts';
import { t } from '../i18n/translate.ts';
import css from './data-table.module.css';
import { Failure } from './failure.tsx';

/** A column of a table. `end` aligns numbers and times right; `optional` columns give way when there is little room. */
export type TableColumn<T> = {
  key: string;
  title: string;
  /** The title is there for screen readers only. */
  silent?: boolean;
  cell: (row: T) => ReactNode;
  end?: boolean;
  optional?: boolean;
  width?: string;
};

type DataTableProps<T> = {
  label: string;
  columns: readonly TableColumn<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** Makes rows open something; the first cell becomes its button. */
  onOpen?: (row: T) => void;
  openKey?: string | null;
  rowTestId?: string;
  loading?: boolean;
  /** Rows of the placeholder while loading: what the list will probably hold. */
  placeholderRows?: number;
  empty: ReactNode;
};

/** Rows of 40 px, what-change-who-state-when from left to right. Keeps its space while loading. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { columns, rows, loading = false } = props;
  if (!loading && rows.length === 0) return <>{props.empty}</>;
  return (
    <table className={css['table']} aria-label={props.label} aria-busy={loading}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th
              key={column.key}
              scope="col"
              data-end={column.end}
              data-optional={column.optional}
              style={{ width: column.width }}
            >
              {column.silent === true ? <span className="hidden-visually">{column.title}</span> : column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {loading
          ? Array.from({ length: props.placeholderRows ?? 6 }, (_, index) => (
              <tr key={index}>
                {columns.map((column) => (
                  <td key={column.key} data-optional={column.optional}>
                    <Skeleton height={12} radius={4} />
                  </td>
                ))}
              </tr>
            ))
          : rows.map((row) => <Row key={props.rowKey(row)} row={row} {...props} />)}
      </tbody>
    </table>
  );
}

function Row<T>({ row, columns, rowKey, onOpen, openKey, rowTestId }: DataTableProps<T> & { row: T }) {
  const open = openKey === rowKey(row);
  return (
    <tr data-open={open || undefined} data-opens={onOpen === undefined ? undefined : true} data-testid={rowTestId}>
      {columns.map((column, index) => (
        <td key={column.key} data-end={column.end} data-optional={column.optional}>
          {index === 0 && onOpen !== undefined ? (
            <button type="button" className={css['open']} aria-expanded={open} onClick={() => onOpen(row)}>
              {column.cell(row)}
            </button>
          ) : (
            column.cell(row)
          )}
        </td>
      ))}
    </tr>
  );
}

/** The foot of a long list: how much is shown, and a way to the rest. */
export function MoreRows<T>({ pages }: { pages: Pages<T> }) {
  if (pages.failure !== null && pages.items.length > 0)
    return <Failure failure={pages.failure} onAgain={pages.again} />;
  if (pages.total === 0) return null;
  return (
    <div className={css['more']}>
      <span className="dim num">{t('app.shown', { shown: pages.items.length, total: pages.total })}</span>
      {pages.hasMore ? (
        <Button size="xs" onClick={pages.more} loading={pages.loadingMore}>
          {t('app.more')}
        </Button>
      ) : null}
    </div>
  );
}
