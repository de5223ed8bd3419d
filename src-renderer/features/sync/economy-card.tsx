import { Button, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Economy } from '#shared/contract/economy.ts';
import { useCommand, useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Failure } from '../../ui/failure.tsx';
import form from '../../ui/form.module.css';
import { Card } from '../../ui/page.tsx';
import { tell, tellFailure } from '../../ui/toasts.tsx';
import css from './sync.module.css';

const modes = ['auto', 'on', 'off'] as const;

/** What the network may be used for, and how much of it. */
export function EconomyCard() {
  const economy = useCommand('sync.economy.get', {});
  return (
    <Card title={t('sync.economy')}>
      {economy.error ? <Failure failure={economy.error.failure} onAgain={() => void economy.refetch()} /> : null}
      {economy.data ? <EconomyForm key={JSON.stringify(economy.data)} economy={economy.data} /> : null}
    </Card>
  );
}

function EconomyForm({ economy }: { economy: Economy }) {
  const set = useDo('sync.economy.set');
  const [mode, setMode] = useState(economy.mode);
  const [up, setUp] = useState(kilobytes(economy.upBytesPerSecond));
  const [down, setDown] = useState(kilobytes(economy.downBytesPerSecond));
  const upBytes = bytesOf(up);
  const downBytes = bytesOf(down);
  const ready = upBytes !== undefined && downBytes !== undefined;
  return (
    <form
      className={form['form']}
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        set.mutate(
          { mode, upBytesPerSecond: upBytes, downBytesPerSecond: downBytes },
          { onSuccess: () => tell('economy', t('sync.economy.done')), onError: (error) => tellFailure(error.failure) },
        );
      }}
    >
      <p className={form['hint']} data-testid="economy-now">
        {economy.metered ? t('sync.economy.sparing') : t('sync.economy.free')}
      </p>
      <Select
        label={t('sync.economy.mode')}
        value={mode}
        allowDeselect={false}
        data={modes.map((value) => ({ value, label: t(`sync.economy.${value}`) }))}
        onChange={(value) => setMode(modes.find((one) => one === value) ?? 'auto')}
        data-testid="economy-mode"
      />
      <div className={form['pair']}>
        <Limit label={t('sync.economy.up')} value={up} onChange={setUp} testId="economy-up" />
        <Limit label={t('sync.economy.down')} value={down} onChange={setDown} testId="economy-down" />
      </div>
      <div className={css['buttons']}>
        <Button type="submit" disabled={!ready} loading={set.isPending} data-testid="economy-do">
          {t('app.save')}
        </Button>
      </div>
    </form>
  );
}

type LimitProps = { label: string; value: string; onChange: (value: string) => void; testId: string };

function Limit({ label, value, onChange, testId }: LimitProps) {
  return (
    <TextInput
      label={label}
      value={value}
      inputMode="numeric"
      placeholder={t('sync.economy.unlimited')}
      rightSection={t('sync.economy.unit')}
      rightSectionWidth={48}
      error={bytesOf(value) === undefined ? t('sync.economy.wrong') : null}
      onChange={(event) => onChange(event.currentTarget.value)}
      data-testid={testId}
    />
  );
}

function kilobytes(bytes: number | null): string {
  return bytes === null ? '' : String(Math.round(bytes / 1000));
}

/** Kilobytes as written, in bytes; null for no limit, undefined for what is no limit. */
function bytesOf(text: string): number | null | undefined {
  const written = text.trim();
  if (written === '') return null;
  return /^[1-9]\d{0,5}$/.test(written) ? Number(written) * 1000 : undefined;
}
