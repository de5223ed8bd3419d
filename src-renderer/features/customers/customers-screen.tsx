import { Button } from '@mantine/core';
import { IconPlus, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import type { CommandOutput } from '#shared/contract/commands.ts';
import { usePages } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { DataTable, MoreRows, type TableColumn } from '../../ui/data-table.tsx';
import { Failure } from '../../ui/failure.tsx';
import { formatMoney } from '../../ui/format.ts';
import { Card, Empty, Page, WithSide } from '../../ui/page.tsx';
import { SearchBox } from '../../ui/search-box.tsx';
import { SidePanel } from '../../ui/side-panel.tsx';
import { CreditForm } from './credit-form.tsx';
import { CustomerForm } from './customer-form.tsx';

type Customer = CommandOutput<'customers.list'>['items'][number];
type Open = { kind: 'new' } | { kind: 'customer'; id: string } | null;

/** The customers of this store: search, add, change at the side, record credit. */
export function CustomersScreen() {
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState<Open>(null);
  const pages = usePages('customers.list', { search: search.trim(), limit: 50 });
  const chosen = open?.kind === 'customer' ? pages.items.find((customer) => customer.id === open.id) : undefined;
  const action = (
    <Button
      variant="filled"
      leftSection={<IconPlus size={16} />}
      onClick={() => setOpen({ kind: 'new' })}
      data-testid="customer-new"
    >
      {t('customers.new')}
    </Button>
  );
  return (
    <Page
      title={t('customers.title')}
      lead={pages.loading ? '\u00a0' : t('customers.lead', { n: pages.total })}
      actions={action}
    >
      <WithSide
        open={open?.kind === 'new' || chosen !== undefined}
        side={<Side open={open} customer={chosen} onClose={() => setOpen(null)} />}
      >
        <Card>
          <SearchBox label={t('customers.search')} value={search} onChange={setSearch} testId="customer-search" />
          {pages.failure !== null && pages.items.length === 0 ? (
            <Failure failure={pages.failure} onAgain={pages.again} />
          ) : (
            <DataTable
              label={t('customers.title')}
              columns={columns}
              rows={pages.items}
              rowKey={(customer) => customer.id}
              onOpen={(customer) => setOpen({ kind: 'customer', id: customer.id })}
              openKey={chosen?.id ?? null}
              rowTestId="customer-row"
              loading={pages.loading}
              placeholderRows={12}
              empty={
                <Empty icon={<IconUsers size={22} />}>
                  {t(search === '' ? 'customers.empty.all' : 'customers.empty')}
                </Empty>
              }
            />
          )}
          <MoreRows pages={pages} />
        </Card>
      </WithSide>
    </Page>
  );
}

const columns: TableColumn<Customer>[] = [
  { key: 'name', title: t('col.name'), width: '32%', cell: (customer) => customer.name },
  {
    key: 'phone',
    title: t('col.phone'),
    width: '150px',
    cell: (customer) => <span className="num">{customer.phone ?? '–'}</span>,
  },
  {
    key: 'address',
    title: t('col.address'),
    cell: (customer) => <span className="dim">{customer.address}</span>,
    optional: true,
  },
  {
    key: 'limit',
    title: t('col.limit'),
    width: '116px',
    end: true,
    cell: (customer) => formatMoney(customer.credit_limit),
  },
];

function Side({ open, customer, onClose }: { open: Open; customer: Customer | undefined; onClose: () => void }) {
  if (open?.kind === 'new') {
    return (
      <SidePanel key="new" title={t('customers.new')} onClose={onClose}>
        <CustomerForm customer={null} onDone={onClose} />
      </SidePanel>
    );
  }
  if (customer === undefined) return null;
  return (
    <SidePanel key={customer.id} title={customer.name} onClose={onClose}>
      <CustomerForm customer={customer} onDone={onClose} />
      <CreditForm customer={customer} />
    </SidePanel>
  );
}
