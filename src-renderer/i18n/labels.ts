import { isTableName, tableOf } from '#shared/register.ts';
import type { Column } from '#shared/register.ts';

/** Names of the register's tables on the screen: one record, and many. */
const tableLabels: Readonly<Record<string, { one: string; many: string }>> = {
  stores: { one: 'Store', many: 'Stores' },
  devices: { one: 'PC', many: 'PCs' },
  products: { one: 'Product', many: 'Products' },
  customers: { one: 'Customer', many: 'Customers' },
  transactions: { one: 'Sale', many: 'Sales' },
  transaction_items: { one: 'Sale line', many: 'Sale lines' },
  stock_movements: { one: 'Stock movement', many: 'Stock movements' },
  stock_levels: { one: 'Stock', many: 'Stock levels' },
  credit_entries: { one: 'Credit entry', many: 'Credit entries' },
  transcripts: { one: 'Note', many: 'Notes' },
  conflicts: { one: 'Conflict', many: 'Conflicts' },
};

const columnLabels: Readonly<Record<string, string>> = {
  code: 'Code',
  name: 'Name',
  region: 'Region',
  province: 'Province',
  city: 'City',
  barangay: 'Barangay',
  store_id: 'Store',
  enrolled_at: 'Enrolled',
  revoked_at: 'Removed',
  sku: 'Code',
  local_name: 'Local name',
  brand: 'Brand',
  category: 'Category',
  unit: 'Unit',
  price: 'Price',
  cost: 'Cost',
  active: 'For sale',
  phone: 'Phone',
  address: 'Address',
  credit_limit: 'Credit limit',
  note: 'Note',
  tags: 'Tags',
  first_visit_at: 'First visit',
  last_visit_at: 'Last visit',
  device_id: 'PC',
  number: 'Number',
  started_at: 'Started',
  ended_at: 'Ended',
  payment: 'Payment',
  customer_id: 'Customer',
  customer_type: 'Kind of customer',
  request_mode: 'How it was asked for',
  request_type: 'Brand asked for',
  suggestion: 'Suggestion',
  total: 'Total',
  voided_at: 'Voided',
  void_reason: 'Why voided',
  language: 'Language',
  text: 'Text',
  metadata: 'Particulars',
  transaction_id: 'Sale',
  line_no: 'Line',
  product_id: 'Product',
  qty: 'Quantity',
  unit_price: 'Unit price',
  line_total: 'Line total',
  substituted_from: 'Instead of',
  substitution_reason: 'Why instead',
  kind: 'Kind',
  at: 'Time',
  amount: 'Amount',
  scope: 'Seen by',
  table_name: 'Kind of record',
  row_id: 'Record',
  fields: 'Fields',
  incoming_device: 'Other PC',
  incoming_actor: 'Other person',
  incoming_at: 'Changed there',
  kept_device: 'PC of the kept value',
  kept_actor: 'Person of the kept value',
  kept_at: 'Kept value changed',
  opened_at: 'Opened',
  status: 'Status',
  resolution: 'Choice',
  resolved_by: 'Decided by',
  resolved_device: 'Decided on',
  resolved_at: 'Decided',
  image: 'Record as it was',
  history: 'History',
};

/** Words of the shop for values that are stored as codes. */
const valueLabels: Readonly<Record<string, string>> = {
  'payment.cash': 'Cash',
  'payment.gcash': 'GCash',
  'payment.maya': 'Maya',
  'payment.credit': 'Credit (utang)',
  'payment.other': 'Other',
  'kind.delivery': 'Delivery',
  'kind.sale': 'Sale',
  'kind.adjustment': 'Correction',
  'kind.spoilage': 'Spoiled',
  'kind.count': 'Count',
  'kind.charge': 'Charge',
  'kind.payment': 'Payment',
};

/** Name of one record of a table, e.g. "Product". A table the register does not know keeps its own name. */
export function tableLabel(table: string): string {
  return tableLabels[table]?.one ?? table;
}

/** Name of many records of a table, e.g. "Products". */
export function tableLabelMany(table: string): string {
  return tableLabels[table]?.many ?? table;
}

/** Name of a column for a person, e.g. "Credit limit". */
export function columnLabel(column: string): string {
  return columnLabels[column] ?? column;
}

/** Word of the shop for a coded value of a column, e.g. `payment`, `gcash`; the value itself where there is none. */
export function valueLabel(column: string, value: string): string {
  return valueLabels[`${column}.${value}`] ?? value;
}

/** What the register says about a column; undefined for columns it does not know. */
export function columnOf(table: string, column: string): Column | undefined {
  return isTableName(table) ? tableOf(table).columns[column] : undefined;
}
