import { TextInput } from '@mantine/core';
import { t } from '../i18n/translate.ts';
import { parseMoney } from './format.ts';

type FieldProps = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  required?: boolean;
  maxLength?: number;
  testId?: string;
  hint?: string;
};

/** A line of text. Says that it is needed only after it was emptied. */
export function TextField({ label, value, onChange, required = false, maxLength = 120, testId, hint }: FieldProps) {
  return (
    <TextInput
      label={label}
      description={hint}
      value={value}
      maxLength={maxLength}
      required={required}
      withAsterisk={false}
      error={required && value.trim() === '' ? t('form.required') : null}
      onChange={(event) => onChange(event.currentTarget.value)}
      data-testid={testId}
    />
  );
}

/** An amount in pesos, kept as text while it is written; `parseMoney` reads it. */
export function MoneyField({ label, value, onChange, testId }: FieldProps) {
  return (
    <TextInput
      label={label}
      value={value}
      inputMode="decimal"
      leftSection="₱"
      error={parseMoney(value) === null ? t('form.money') : null}
      onChange={(event) => onChange(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      data-testid={testId}
    />
  );
}
