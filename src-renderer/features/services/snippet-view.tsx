import { Select } from '@mantine/core';
import { useState } from 'react';
import { t } from '../../i18n/translate.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import form from '../../ui/form.module.css';
import css from './services.module.css';
import { programs, snippetOf, type Program, type SnippetInput } from './snippets.ts';

/** How to connect a program: the text to put into it, and where. */
export function Snippets(input: SnippetInput) {
  const [program, setProgram] = useState<Program>('vscode');
  const text = snippetOf(program, input);
  return (
    <section className={form['section']}>
      <h3 className={form['subtitle']}>{t('assistants.connect')}</h3>
      <div className={css['program']}>
        <Select
          aria-label={t('assistants.program')}
          value={program}
          allowDeselect={false}
          data={programs.map((one) => ({ value: one, label: t(`snippet.${one}`) }))}
          onChange={(value) => setProgram(programs.find((one) => one === value) ?? 'vscode')}
          data-testid="snippet-program"
        />
        <CopyButton text={text} testId="snippet-copy" />
      </div>
      <p className={form['hint']}>{t(`snippet.${program}.where`)}</p>
      <pre className={css['snippet']} data-testid="snippet-text">
        {text}
      </pre>
    </section>
  );
}
