import type { JSX } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { errorText } from '../../../util/errors.ts';
import type { CodeRow } from '../codes/codes.ts';
import { loadCodes } from '../codes-script.ts';
import { t } from '../i18n.ts';
import { Button, Choice, Loading, Notice } from './basics.tsx';
import { Dialog, showDialog } from './dialog.tsx';
import { QrCode } from './qr.tsx';

/** How long each code is to be seen: what BBQr advises, and cameras of devices manage. */
const EACH_MS = 250;
/** Bytes a code, by how dense it may be. */
const DENSITIES = { low: 60, middle: 130, high: 280 } as const;
type Density = keyof typeof DENSITIES;

function CodeDialog({ psbt, onClose }: { readonly psbt: Uint8Array; readonly onClose: () => void }): JSX.Element {
  const [format, setFormat] = useState<'ur' | 'bbqr'>('ur');
  const [density, setDensity] = useState<Density>('middle');
  const [row, setRow] = useState<CodeRow | null>(null);
  const [shown, setShown] = useState<{ readonly number: number; readonly text: string } | null>(null);
  const [moving, setMoving] = useState(true);
  const [error, setError] = useState<string | null>(null);
  // Both at once, not after the drawing: no code of another row is shown, and none comes after one that is to be held.
  useLayoutEffect(() => {
    let alive = true;
    setShown(null);
    loadCodes().then(({ psbtCodes }) => {
      if (!alive) return;
      setRow(psbtCodes(psbt, format, DENSITIES[density]));
      setError(null);
    }).catch((e: unknown) => { if (alive) setError(errorText(e)); });
    return () => { alive = false; };
  }, [format, density]);
  const number = shown?.number ?? 0;
  useLayoutEffect(() => {
    if (row === null || (number > 0 && (!moving || row.count === 1))) return undefined;
    let alive = true;
    const timer = setTimeout(() => { void row.code(number + 1).then((text) => { if (alive) setShown({ number: number + 1, text }); }); }, number === 0 ? 0 : EACH_MS);
    return () => {
      alive = false;
      clearTimeout(timer);
    };
  }, [row, number, moving]);
  const place = row === null ? 1 : ((number - 1) % row.count) + 1;
  return (
    <Dialog title={t('As QR codes')} onClose={onClose} footer={<>
      {row !== null && row.count > 1 && <Button onClick={() => setMoving(!moving)}>{moving ? t('Hold') : t('Go on')}</Button>}
      <div class="grow" /><Button kind="primary" onClick={onClose}>{t('Close')}</Button>
    </>}>
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {error === null && (shown === null || row === null ? <Loading /> : (
        <div class="codes">
          <QrCode text={shown.text} plain label={t('QR code {n} of {count}', { n: place, count: row.count })} />
          <p class="muted">{row.count === 1 ? t('One code holds it all.') : t('Code {n} of {count}', { n: place, count: row.count })}</p>
        </div>
      ))}
      <Choice label={t('Format')} value={format} onChange={setFormat} options={[['ur', 'BC-UR', 'SeedSigner, Keystone, Passport, Jade, Krux…'], ['bbqr', 'BBQr', 'Coldcard Q…']]} />
      <p class="note">{format === 'ur' ? t('Read by most devices and wallets: SeedSigner, Keystone, Passport, Jade, Krux, Sparrow…') : t('Read by Coldcard Q, Krux, Sparrow…')}</p>
      <Choice label={t('Density')} value={density} onChange={setDensity} options={[['low', t('Large dots')], ['middle', t('Middle')], ['high', t('Few codes')]]} />
    </Dialog>
  );
}

/** Shows a PSBT as a row of QR codes for the camera of a device. */
export async function showPsbtCodes(psbt: Uint8Array): Promise<void> {
  await showDialog<null>((close) => <CodeDialog psbt={psbt} onClose={() => close(null)} />);
}
