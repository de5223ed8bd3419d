import { Select } from '@mantine/core';
import { t } from '../../i18n/translate.ts';

const choices = [7, 30, 90, 180, 365] as const;
export const usualDays = 180;

/** How long a token is good; every token ends some day. */
export function DaysSelect({
  value,
  onChange,
  testId,
}: {
  value: number;
  onChange: (days: number) => void;
  testId: string;
}) {
  return (
    <Select
      label={t('assistants.days')}
      value={String(value)}
      allowDeselect={false}
      data={choices.map((days) => ({ value: String(days), label: t('assistants.days.n', { n: days }) }))}
      onChange={(days) => onChange(Number(days ?? usualDays))}
      data-testid={testId}
    />
  );
}
