import { Button, Select } from '@mantine/core';
import { IconInfoCircle, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Badge } from '../../ui/badge.tsx';
import { Failure } from '../../ui/failure.tsx';
import { formatBytes } from '../../ui/format.ts';
import { Card } from '../../ui/page.tsx';
import css from './import.module.css';
import { fileName, type Inspection } from './inspection.ts';
import { mappingFields, toDraft, toMapping, type MappingDraft } from './mapping.ts';

/** The file as it was understood, its first lines, and the mapping of its columns. */
export function InspectionCard({ inspection, onStarted }: { inspection: Inspection; onStarted: () => void }) {
  const [draft, setDraft] = useState(() => toDraft(inspection.suggestion));
  const start = useDo('import.start');
  const table = inspection.kind === 'table';
  const mapping = table ? toMapping(draft) : null;
  const begin = (): void =>
    start.mutate({ path: inspection.path, ...(mapping === null ? {} : { mapping }) }, { onSuccess: onStarted });
  return (
    <Card title={fileName(inspection.path)} action={<span className="dim num">{formatBytes(inspection.bytes)}</span>}>
      <div className={css['facts']}>
        <Badge tone="blue" icon={<IconInfoCircle size={14} aria-hidden />}>
          {t(table ? 'import.kind.table' : 'import.kind.baskets')}
        </Badge>
        {inspection.importedBefore ? (
          <Badge tone="amber" icon={<IconInfoCircle size={14} aria-hidden />}>
            {t('import.before')}
          </Badge>
        ) : null}
      </div>
      {table ? <Mapping header={inspection.header} draft={draft} onDraft={setDraft} /> : null}
      <Sample inspection={inspection} />
      {start.error === null ? null : <Failure failure={start.error.failure} />}
      <div className={css['buttons']}>
        {table && mapping === null ? <span className="dim">{t('import.map.need')}</span> : null}
        <Button
          variant="filled"
          leftSection={<IconPlayerPlay size={16} />}
          disabled={table && mapping === null}
          loading={start.isPending}
          onClick={begin}
          data-testid="import-start"
        >
          {t('import.start')}
        </Button>
      </div>
    </Card>
  );
}

type MappingProps = { header: string[]; draft: MappingDraft; onDraft: (draft: MappingDraft) => void };

function Mapping({ header, draft, onDraft }: MappingProps) {
  // Two columns of the same name are one choice: the file's rows are read by name.
  const names = [...new Set(header)].filter((name) => name !== '');
  return (
    <fieldset className={css['mapping']}>
      <legend>{t('import.mapping')}</legend>
      {mappingFields.map((field) => (
        <Select
          key={field}
          label={t(`import.map.${field}`)}
          data={names}
          value={draft[field] ?? null}
          placeholder={t('import.mapping.none')}
          clearable
          clearButtonProps={{ 'aria-label': t('import.mapping.none') }}
          onChange={(name) => {
            const { [field]: _, ...others } = draft;
            onDraft(name === null ? others : { ...others, [field]: name });
          }}
          data-testid={`import-map-${field}`}
        />
      ))}
    </fieldset>
  );
}

function Sample({ inspection }: { inspection: Inspection }) {
  const { header, sample } = inspection;
  const width = Math.max(header.length, ...sample.map((row) => row.length));
  const places = Array.from({ length: width }, (_, place) => place);
  return (
    <div className={css['sample']} role="region" aria-label={t('import.sample')} tabIndex={0}>
      <table>
        <caption>{t('import.sample')}</caption>
        {header.length === 0 ? null : (
          <thead>
            <tr>
              {places.map((place) => (
                <th key={place} scope="col">
                  {header[place] ?? ''}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {sample.map((row, line) => (
            <tr key={line}>
              {places.map((place) => (
                <td key={place}>{row[place] ?? ''}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
