import { Button } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { t } from '../i18n/translate.ts';
import { tellProblem } from './toasts.tsx';

type CopyProps = { text: string; label?: string; variant?: 'default' | 'filled'; testId: string };

/** Puts a text on the clipboard and says that it is there. */
export function CopyButton({ text, label, variant = 'default', testId }: CopyProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = window.setTimeout(() => setCopied(false), 2000);
    return () => window.clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      tellProblem('copy', t('copy.failed'));
    }
  };
  return (
    <Button
      size="xs"
      variant={variant}
      leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
      onClick={() => void copy()}
      data-testid={testId}
    >
      <span role="status">{copied ? t('copy.done') : (label ?? t('copy.do'))}</span>
    </Button>
  );
}
