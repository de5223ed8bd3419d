import { useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { t } from '../i18n/translate.ts';
import css from './colour-scheme.module.css';

const schemes = [
  { value: 'light', label: 'scheme.light', icon: IconSun },
  { value: 'dark', label: 'scheme.dark', icon: IconMoon },
  { value: 'auto', label: 'scheme.auto', icon: IconDeviceDesktop },
] as const satisfies readonly { value: MantineColorScheme; label: string; icon: unknown }[];

/** Light, dark, or as the desktop. Remembered on this PC. */
export function ColourScheme() {
  // Keeping transitions: turning them off for a moment would insert a <style> element, which the policy refuses.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  return (
    <fieldset className={css['schemes']}>
      <legend className="hidden-visually">{t('scheme.label')}</legend>
      {schemes.map(({ value, label, icon: Icon }) => (
        <label key={value} className={css['scheme']} title={t(label)} data-testid={`scheme-${value}`}>
          <input
            type="radio"
            name="colour-scheme"
            className="hidden-visually"
            checked={colorScheme === value}
            onChange={() => setColorScheme(value)}
          />
          <Icon size={16} aria-hidden />
          <span className="hidden-visually">{t(label)}</span>
        </label>
      ))}
    </fieldset>
  );
}
