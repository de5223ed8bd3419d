import { IconCreditCard, IconFile, IconPackage, IconReceipt, IconStack2, IconUser } from '@tabler/icons-react';
import type { ComponentType } from 'react';

const icons: Readonly<Record<string, ComponentType<{ size?: number; 'aria-hidden'?: boolean }>>> = {
  products: IconPackage,
  customers: IconUser,
  transactions: IconReceipt,
  transaction_items: IconReceipt,
  stock_levels: IconStack2,
  stock_movements: IconStack2,
  credit_entries: IconCreditCard,
};

/** The icon of a kind of record. */
export function IconForTable({ table, size }: { table: string; size: number }) {
  const Icon = icons[table] ?? IconFile;
  return <Icon size={size} aria-hidden />;
}
