import { Checkbox, Switch } from '@mantine/core';
import { useState } from 'react';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { tellFailure } from '../../ui/toasts.tsx';
import css from './services.module.css';
import { numbersText, type Service, type Tool } from './service-text.ts';

/** A tool with its switch, what it can do to the store, and how it fared. */
export function ToolLine({ service, tool }: { service: Service; tool: Tool }) {
  const [asked, setAsked] = useState(false);
  const set = useDo('services.setTool');
  const change = (what: { on: boolean } | { asks: boolean }): void =>
    set.mutate({ service: service.id, tool: tool.name, ...what }, { onError: (error) => tellFailure(error.failure) });
  return (
    <li data-testid={`tool-${tool.name}`}>
      <Switch
        className={css['tool-switch'] ?? ''}
        labelPosition="left"
        label={<span title={tool.description}>{tool.title}</span>}
        description={marksOf(service, tool)}
        checked={tool.on}
        onChange={(event) => change({ on: event.currentTarget.checked })}
      />
      {tool.calls.count === 0 ? null : <p className={css['under']}>{numbersText(tool.calls)}</p>}
      {tool.destructive && tool.on ? (
        <Checkbox
          size="xs"
          className={css['asks'] ?? ''}
          label={t('services.tool.asks')}
          checked={tool.asks}
          onChange={(event) => (event.currentTarget.checked ? change({ asks: true }) : setAsked(true))}
        />
      ) : null}
      {asked ? (
        <Confirm
          open
          title={t('services.tool.asks.off', { tool: tool.title })}
          text={t('services.tool.asks.off.text')}
          yes={t('services.tool.asks.off.yes')}
          onYes={() => {
            setAsked(false);
            change({ asks: false });
          }}
          onNo={() => setAsked(false)}
        />
      ) : null}
    </li>
  );
}

/** What it can do to the store; nothing where it only reads. */
function marksOf(service: Service, tool: Tool): string | undefined {
  if (tool.access === 'read') return undefined;
  return [
    t('services.tool.writes'),
    ...(tool.destructive ? [t('services.tool.destroys')] : []),
    ...(service.tier === 'read' ? [t('services.tool.closed')] : []),
  ].join(' · ');
}
