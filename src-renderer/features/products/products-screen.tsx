import { Button } from '@mantine/core';
import { IconPackage, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { Product } from '#shared/contract/schemas.ts';
import { usePages } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { DataTable, MoreRows, type TableColumn } from '../../ui/data-table.tsx';
import { Failure } from '../../ui/failure.tsx';
import { formatMoney, formatQty } from '../../ui/format.ts';
import { Card, Empty, Page, WithSide } from '../../ui/page.tsx';
import { SearchBox } from '../../ui/search-box.tsx';
import { SidePanel } from '../../ui/side-panel.tsx';
import { ProductForm } from './product-form.tsx';
import { StockForm } from './stock-form.tsx';
import { useStock } from './use-stock.ts';

type Open = { kind: 'new' } | { kind: 'product'; id: string } | null;

/** The chain's catalogue: search, and change a product at the side. */
export function ProductsScreen() {
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState<Open>(null);
  const pages = usePages('products.list', { search: search.trim(), limit: 50 });
  const chosen = open?.kind === 'product' ? pages.items.find((product) => product.id === open.id) : undefined;
  const close = (): void => setOpen(null);
  const action = (
    <Button
      variant="filled"
      leftSection={<IconPlus size={16} />}
      onClick={() => setOpen({ kind: 'new' })}
      data-testid="product-new"
    >
      {t('products.new')}
    </Button>
  );
  return (
    <Page
      title={t('products.title')}
      lead={pages.loading ? '\u00a0' : t('products.lead', { n: pages.total })}
      actions={action}
    >
      <WithSide
        open={open?.kind === 'new' || chosen !== undefined}
        side={<Side open={open} product={chosen} onClose={close} />}
      >
        <Card>
          <SearchBox label={t('products.search')} value={search} onChange={setSearch} testId="product-search" />
          {pages.failure !== null && pages.items.length === 0 ? (
            <Failure failure={pages.failure} onAgain={pages.again} />
          ) : (
            <Rows
              rows={pages.items}
              loading={pages.loading}
              openKey={chosen?.id ?? null}
              searched={search !== ''}
              onOpen={(product) => setOpen({ kind: 'product', id: product.id })}
            />
          )}
          <MoreRows pages={pages} />
        </Card>
      </WithSide>
    </Page>
  );
}

function Side({ open, product, onClose }: { open: Open; product: Product | undefined; onClose: () => void }) {
  if (open?.kind === 'new') {
    return (
      <SidePanel key="new" title={t('products.new')} onClose={onClose}>
        <ProductForm product={null} onDone={onClose} />
      </SidePanel>
    );
  }
  if (product === undefined) return null;
  return (
    <SidePanel key={product.id} title={product.name} onClose={onClose}>
      <ProductForm product={product} onDone={onClose} />
      <StockForm product={product} />
    </SidePanel>
  );
}

type RowsProps = {
  rows: Product[];
  loading: boolean;
  openKey: string | null;
  searched: boolean;
  onOpen: (product: Product) => void;
};

function Rows({ rows, loading, openKey, searched, onOpen }: RowsProps) {
  const qtyOf = useStock(rows.map((product) => product.id));
  const columns: TableColumn<Product>[] = [
    {
      key: 'name',
      title: t('col.name'),
      width: openKey === null ? '38%' : '48%',
      cell: (product) => (
        <>
          {product.name}{' '}
          <span className="dim">{product.active === 1 ? product.local_name : t('products.inactive')}</span>
        </>
      ),
    },
    {
      key: 'sku',
      title: t('col.sku'),
      width: '92px',
      cell: (product) => <span className="dim">{product.sku}</span>,
      optional: true,
    },
    {
      key: 'category',
      title: t('col.category'),
      cell: (product) => <span className="dim">{product.category}</span>,
      optional: true,
    },
    {
      key: 'stock',
      title: t('col.stock'),
      end: true,
      width: '104px',
      cell: (product) => stockText(qtyOf.get(product.id), product.unit),
    },
    { key: 'price', title: t('col.price'), end: true, width: '104px', cell: (product) => formatMoney(product.price) },
  ];
  // Beside the open form there is less room, and it names the category.
  const shown = openKey === null ? columns : columns.filter((column) => column.key !== 'category');
  return (
    <DataTable
      label={t('products.title')}
      columns={shown}
      rows={rows}
      rowKey={(product) => product.id}
      onOpen={onOpen}
      openKey={openKey}
      rowTestId="product-row"
      loading={loading}
      placeholderRows={12}
      empty={<Empty icon={<IconPackage size={22} />}>{t(searched ? 'products.empty' : 'products.empty.all')}</Empty>}
    />
  );
}

function stockText(qty: number | undefined, unit: string): string {
  return qty === undefined ? '–' : `${formatQty(qty)} ${unit}`;
}
