import { TextInput } from '@mantine/core';
import { IconCloud, IconDeviceDesktop, IconPencil } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import type { ConflictItem } from '#shared/contract/schemas.ts';
import { useNow } from '../../app/use-now.ts';
import { columnLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { valueText } from '../../ui/value-text.ts';
import css from './conflicts.module.css';
import { readOwn } from '../../ui/own-value.ts';
import { leftSide, otherSide, type Picks } from './draft.ts';
import { focusChoice } from './focus.ts';
import { sideText, sideTone } from './sides.ts';

type FieldsProps = {
  item: ConflictItem;
  picks: Picks;
  current: number;
  onCurrent: (index: number) => void;
  onPicks: (picks: Picks) => void;
};

/** Before, this side, the other side: one row for each field that both changed. */
export function ConflictFields({ item, picks, current, onCurrent, onPicks }: FieldsProps) {
  const now = useNow(60_000);
  const left = leftSide(item);
  const sides = [left, otherSide(left)] as const;
  const table = useRef<HTMLTableElement>(null);
  // The focus follows the keys from row to row and side to side, unless somebody writes a value of their own.
  useEffect(() => {
    const active = document.activeElement;
    if (active instanceof HTMLInputElement && active.type === 'radio' && table.current?.contains(active) === true)
      focusChoice(table.current);
  }, [current, picks]);
  return (
    <table ref={table} className={css['fields']}>
      <thead>
        <tr>
          <th scope="col">
            <span className="hidden-visually">{t('col.field')}</span>
          </th>
          <th scope="col">{t('col.before')}</th>
          {sides.map((side) => (
            <th key={side} scope="col" data-tone={sideTone(item[side])}>
              <span className={css['side']}>
                {item[side].isThisDevice ? (
                  <IconDeviceDesktop size={15} aria-hidden />
                ) : (
                  <IconCloud size={15} aria-hidden />
                )}
                {sideText(item[side], now)}
              </span>
              <span className={css['where']}>{t(side === 'kept' ? 'conflicts.kept' : 'conflicts.incoming')}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {item.fields.map((field, index) => (
          <tr
            key={field.column}
            data-current={index === current || undefined}
            data-testid={`conflict-field-${field.column}`}
            onFocus={() => onCurrent(index)}
          >
            <th scope="row">{columnLabel(field.column)}</th>
            <td className="dim">{valueText(item.table, field.column, field.base, now)}</td>
            {sides.map((side) => (
              <td
                key={side}
                data-tone={sideTone(item[side])}
                data-picked={picks[field.column]?.from === side || undefined}
              >
                <Choice
                  item={item}
                  column={field.column}
                  side={side}
                  text={valueText(item.table, field.column, field[side], now)}
                  picked={picks[field.column]?.from === side}
                  onPick={() => onPicks({ ...picks, [field.column]: { from: side } })}
                />
                {side === sides[1] ? <Own item={item} column={field.column} picks={picks} onPicks={onPicks} /> : null}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type ChoiceProps = {
  item: ConflictItem;
  column: string;
  side: 'incoming' | 'kept';
  text: string;
  picked: boolean;
  onPick: () => void;
};

function Choice({ item, column, side, text, picked, onPick }: ChoiceProps) {
  const now = useNow(60_000);
  const label = t('conflicts.pick.value', { field: columnLabel(column), value: text, side: sideText(item[side], now) });
  return (
    <label className={css['choice']} data-testid={`conflict-pick-${side}-${column}`}>
      <input type="radio" name={`conflict-${column}`} checked={picked} onChange={onPick} aria-label={label} />
      <span className={css['dot']} aria-hidden />
      <span className={css['value']}>{text}</span>
    </label>
  );
}

type OwnProps = { item: ConflictItem; column: string; picks: Picks; onPicks: (picks: Picks) => void };

/** The editor of a person's own value, in place. */
function Own({ item, column, picks, onPicks }: OwnProps) {
  const pick = picks[column];
  if (pick?.from !== 'own') return null;
  const bad = readOwn(item.table, column, pick.text) === undefined;
  return (
    <TextInput
      className={css['own']}
      aria-label={t('conflicts.edit.field', { field: columnLabel(column) })}
      leftSection={<IconPencil size={15} aria-hidden />}
      value={pick.text}
      error={bad ? t('conflicts.edit.bad') : null}
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => onPicks({ ...picks, [column]: { from: 'own', text: event.currentTarget.value } })}
      data-testid={`conflict-own-${column}`}
    />
  );
}
