import type { ConflictItem } from '#shared/contract/schemas.ts';
import { columnLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { formatTime } from '../../ui/format.ts';
import type { Tone } from '../../ui/tone.ts';
import { leftSide, otherSide } from './draft.ts';

type Side = ConflictItem['incoming'];

/** Who made a side, from where and when: "Counter 2, clerk, 10:44". */
export function sideText(side: Side, now: number): string {
  const at = side.at === null ? t('conflicts.time.unknown') : formatTime(side.at, now);
  return side.isThisDevice
    ? t('conflicts.here', { actor: side.actor, at })
    : t('conflicts.there', { device: side.deviceName, actor: side.actor, at });
}

/** Blue is this PC, violet the other side. */
export function sideTone(side: Side): Tone {
  return side.isThisDevice ? 'blue' : 'violet';
}

/** What a conflict is about, in one line of the list: names of fields, or the deletion. */
export function fieldNames(item: ConflictItem): string {
  if (item.kind !== 'fields') return t('conflicts.about');
  return item.fields.map((field) => columnLabel(field.column).toLowerCase()).join(', ');
}

/** The second line of a conflict in the list: its fields, and the other side. */
export function rowText(item: ConflictItem, now: number): string {
  const { resolution } = item;
  if (resolution !== null) {
    const at = resolution.at === null ? t('conflicts.time.unknown') : formatTime(resolution.at, now);
    return t('conflicts.row', { fields: fieldNames(item), who: resolution.by, at });
  }
  const other = item[otherSide(leftSide(item))];
  const at = other.at === null ? t('conflicts.time.unknown') : formatTime(other.at, now);
  return t('conflicts.row', { fields: fieldNames(item), who: other.deviceName, at });
}

/** What the button for all values of a side says. */
export function allText(item: ConflictItem, side: 'incoming' | 'kept'): string {
  if (item[side].isThisDevice) return t('conflicts.all.mine');
  const other = item[otherSide(side)];
  return other.isThisDevice ? t('conflicts.all.theirs') : t('conflicts.all.of', { device: item[side].deviceName });
}
