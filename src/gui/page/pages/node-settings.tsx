import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { SettingView } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { call } from '../client.ts';
import { t, tn } from '../i18n.ts';
import { go } from '../router.ts';
import { useQuery } from '../store.ts';
import { Badge, Button, Card, Notice, TextField, Toggle } from '../ui/basics.tsx';
import { Dialog, showDialog } from '../ui/dialog.tsx';

const TONES = { default: 'plain', configuration: 'plain', 'settings.json': 'accent', 'command line': 'warn', program: 'plain' } as const;

function sourceText(source: SettingView['source']): string {
  switch (source) {
    case 'default': return t('default');
    case 'configuration': return t('configuration file');
    case 'settings.json': return 'settings.json';
    case 'command line': return t('command line');
    case 'program': return t('follows from others');
  }
}

function EditDialog({ setting, onClose }: { readonly setting: SettingView; readonly onClose: (done: true | null) => void }): JSX.Element {
  const isSwitch = setting.argument === '';
  const [value, setValue] = useState(setting.stored ?? setting.value ?? '');
  const [error, setError] = useState<string | null>(null);
  const store = async (next: string | null): Promise<void> => {
    try {
      await call('settings.store', { name: setting.name, value: next });
      onClose(true);
    } catch (e) {
      setError(errorText(e));
    }
  };
  return (
    <Dialog title={`-${setting.name}`} onClose={() => onClose(null)} onSubmit={() => { void store(value); }}
      footer={<>{setting.stored !== null && <Button kind="danger" onClick={() => store(null)}>{t('Take out')}</Button>}<div class="grow" /><Button onClick={() => onClose(null)}>{t('Cancel')}</Button><Button kind="primary" onClick={() => store(value)}>{t('Save')}</Button></>}>
      <p class="muted">{setting.help}</p>
      {isSwitch ? <Toggle label={t('On')} checked={value === '1'} onChange={(on) => setValue(on ? '1' : '0')} />
        : <TextField label={t('Value {form}', { form: setting.argument.replace(/^=/, '') })} value={value} onChange={setValue} mono autofocus />}
      {setting.source === 'command line' && <Notice tone="warn">{t('The command line says something else, and wins.')}</Notice>}
      {error !== null && <Notice tone="bad">{error}</Notice>}
    </Dialog>
  );
}

/** Every option of node and wallets: its value, where that is from, and what settings.json makes of it at the next start. */
export function NodeSettings(): JSX.Element {
  const { data, reload } = useQuery<SettingView[]>('settings.list');
  const [search, setSearch] = useState('');
  const [onlySet, setOnlySet] = useState(true);
  const [changed, setChanged] = useState(false);
  const words = search.toLowerCase();
  const found = (data ?? []).filter((setting) => `-${setting.name} ${setting.help}`.toLowerCase().includes(words) && (!onlySet || search !== '' || setting.source !== 'default'));
  const edit = async (setting: SettingView): Promise<void> => {
    if (await showDialog<true>((close) => <EditDialog setting={setting} onClose={close} />) !== true) return;
    setChanged(true);
    reload();
  };
  return (
    <Card title={t('Node and wallets')} actions={<><span class="muted">{tn(found.length, '{n} option', '{n} options')}</span><Button small icon="log" onClick={() => go('settings', 'configuration')}>{t('Configuration file')}</Button></>}>
      {changed && <Notice tone="info">{t('Changes count from the next start on.')}</Notice>}
      <div class="two">
        <TextField type="search" label={t('Search options')} value={search} onChange={setSearch} placeholder={t('Name or meaning')} />
        <Toggle label={t('Only those that are set')} hint={t('A search looks at all.')} checked={onlySet} onChange={setOnlySet} />
      </div>
      <ul class="settings">
        {found.map((setting) => (
          <li key={setting.name}>
            <div class="grow"><code>-{setting.name}</code> <Badge tone={TONES[setting.source]}>{sourceText(setting.source)}</Badge><p class="note">{setting.help}</p></div>
            <span class="mono wrap setting-value">{setting.value ?? ''}{setting.stored !== null && setting.stored !== setting.value && <span class="faint"> ({t('stored: {value}', { value: setting.stored })})</span>}</span>
            <Button small icon="edit" kind="quiet" label={t('Change -{name}', { name: setting.name })} disabled={setting.value === '****'} onClick={() => edit(setting)} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
