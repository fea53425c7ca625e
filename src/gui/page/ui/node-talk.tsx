import type { JSX } from 'preact';
import type { TalkView } from '../../api.ts';
import { call } from '../client.ts';
import { t } from '../i18n.ts';
import { Box, useBox } from '../store.ts';
import { Button, Meter, Notice } from './basics.tsx';

/** What the node says and asks. */
export const talk = new Box<TalkView>({ question: null, progress: null, messages: [] });

const TONES = { information: 'info', warning: 'warn', error: 'bad' } as const;

/** Questions, messages and long work of the node. */
export function NodeTalkArea(): JSX.Element | null {
  const { question, progress, messages } = useBox(talk);
  if (question === null && progress === null && messages.length === 0) return null;
  return (
    <div class="stack talk">
      {question !== null && (
        <section class="card" role="alertdialog" aria-label={t('The node asks')}>
          <p class="prose">{question.text}</p>
          <div class="row"><div class="grow" /><Button onClick={() => call('app.answer', { id: question.id, yes: false })}>{t('No')}</Button><Button kind="primary" onClick={() => call('app.answer', { id: question.id, yes: true })}>{t('Yes')}</Button></div>
        </section>
      )}
      {progress !== null && (
        <section class="card" role="status">
          <div class="row"><span class="grow">{progress.title}</span><span>{progress.percent} %</span></div>
          <Meter value={progress.percent / 100} label={progress.title} />
          {progress.resumable && <p class="note">{t('It goes on where it was, when it is interrupted.')}</p>}
        </section>
      )}
      {messages.map((message) => (
        <Notice key={message.id} tone={TONES[message.style]} actions={<Button kind="quiet" small icon="close" label={t('Read')} onClick={() => call('app.dismiss', { id: message.id })} />}><span class="prose">{message.text}</span></Notice>
      ))}
    </div>
  );
}
