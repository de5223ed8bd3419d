import { Button, TextInput } from '@mantine/core';
import { IconGitMerge } from '@tabler/icons-react';
import { t } from '../i18n/translate.ts';
import css from './fields.module.css';
import { parseMoney } from './format.ts';

/** The value that the record got while somebody wrote into its field, as a person reads it. */
export type Beneath = { value: string; onTake: () => void };

type FieldProps = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  required?: boolean;
  maxLength?: number;
  testId?: string;
  beneath?: Beneath | null;
};

/** A line of text. Says that it is needed only after it was emptied. */
export function TextField({ label, value, onChange, required = false, maxLength = 120, testId, beneath }: FieldProps) {
  return (
    <div>
      <TextInput
        label={label}
        value={value}
        maxLength={maxLength}
        required={required}
        withAsterisk={false}
        error={required && value.trim() === '' ? t('form.required') : null}
        onChange={(event) => onChange(event.currentTarget.value)}
        data-testid={testId}
      />
      <ChangedBeneath beneath={beneath ?? null} testId={testId} />
    </div>
  );
}

/** An amount in pesos, kept as text while it is written; `parseMoney` reads it. */
export function MoneyField({ label, value, onChange, testId, beneath }: FieldProps) {
  return (
    <div>
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
      <ChangedBeneath beneath={beneath ?? null} testId={testId} />
    </div>
  );
}

/** Marks a field whose record changed while somebody wrote into it, and offers the other value. */
export function ChangedBeneath({ beneath, testId }: { beneath: Beneath | null; testId: string | undefined }) {
  if (beneath === null) return null;
  const { value, onTake } = beneath;
  return (
    <div className={css['beneath']} role="status" data-testid={testId && `${testId}-beneath`}>
      <IconGitMerge size={14} aria-hidden />
      <span>{t('form.beneath', { value: value === '' ? t('app.none') : value })}</span>
      <Button size="compact-xs" onClick={onTake} data-testid={testId && `${testId}-take`}>
        {t('form.beneath.take')}
      </Button>
    </div>
  );
}
