import { Select } from '@mantine/core';
import { useState } from 'react';
import { useCommand } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';

/** Chooses the customer who pays later, by name or phone. */
export function CustomerPick({ value, onChange }: { value: string | null; onChange: (id: string | null) => void }) {
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState('');
  // A chosen name stands in the field; it is not a search.
  const query = useCommand('customers.list', { search: search === chosen ? '' : search, limit: 50 });
  const data = (query.data?.items ?? []).map((customer) => ({ value: customer.id, label: customer.name }));
  return (
    <Select
      aria-label={t('sell.customer')}
      placeholder={t('sell.customer')}
      data={value !== null && !data.some((one) => one.value === value) ? [{ value, label: chosen }, ...data] : data}
      value={value}
      onChange={(id, option) => {
        setChosen(option?.label ?? '');
        onChange(id);
      }}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options }) => options}
      data-testid="sell-customer"
    />
  );
}
