import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import css from './search-box.module.css';

type SearchBoxProps = { label: string; value: string; onChange: (value: string) => void; testId: string };

/** The search field above a list. */
export function SearchBox({ label, value, onChange, testId }: SearchBoxProps) {
  return (
    <TextInput
      className={css['box']}
      aria-label={label}
      placeholder={label}
      value={value}
      maxLength={80}
      leftSection={<IconSearch size={16} aria-hidden />}
      onChange={(event) => onChange(event.currentTarget.value)}
      data-testid={testId}
      type="search"
    />
  );
}
