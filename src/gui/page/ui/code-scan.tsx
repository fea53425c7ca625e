import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { errorText } from '../../../util/errors.ts';
import type { Received } from '../codes/receiver.ts';
import { loadCodes } from '../codes-script.ts';
import { chooseFiles } from '../download.ts';
import { t } from '../i18n.ts';
import { Button, Loading, Meter, Notice } from './basics.tsx';
import { Dialog, showDialog } from './dialog.tsx';

interface ScanProps {
  readonly title: string;
  readonly hint: string;
  /** Pictures to begin with. */
  readonly pictures: readonly File[];
  readonly onClose: (received: Received | null) => void;
}

/** Why the camera is not to be had, in words. */
function cameraText(e: unknown): string {
  const name = e instanceof DOMException ? e.name : '';
  if (name === 'NotFoundError') return t('There is no camera.');
  if (name === 'NotAllowedError') return t('The browser does not allow the camera.');
  return errorText(e);
}

function ScanDialog({ title, hint, pictures, onClose }: ScanProps): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const [codes, setCodes] = useState<Awaited<ReturnType<typeof loadCodes>> | null>(null);
  const receiver = useRef<InstanceType<NonNullable<typeof codes>['CodeReceiver']> | null>(null);
  const [progress, setProgress] = useState({ found: 0, count: 0 });
  const [looking, setLooking] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const take = async (text: string): Promise<void> => {
    const { current } = receiver;
    if (current === null || current.received !== null) return;
    try {
      await current.add(text);
    } catch {
      setError(t('This code is not understood.'));
      return;
    }
    setError(null);
    setProgress({ found: current.found, count: current.count });
    if (current.received !== null) onClose(current.received);
  };
  const read = async (files: readonly File[]): Promise<void> => {
    for (const file of files) {
      try {
        await take(await codes?.readPicture(file) ?? '');
      } catch {
        setError(t('{name}: there is no code in it that can be read.', { name: file.name }));
      }
    }
  };
  useEffect(() => {
    loadCodes().then((script) => {
      receiver.current = new script.CodeReceiver();
      setCodes(script);
    }, (e: unknown) => setError(errorText(e)));
  }, []);
  useEffect(() => { if (codes !== null) void read(pictures); }, [codes]);
  useEffect(() => {
    const { current } = video;
    if (!looking || codes === null || current === null) return undefined;
    const following = codes.followCamera(current, (text) => { void take(text); });
    following.catch((e: unknown) => {
      setLooking(false);
      setError(cameraText(e));
    });
    return () => { void following.then((end) => end(), () => undefined); };
  }, [looking, codes]);
  const camera = typeof navigator.mediaDevices !== 'undefined';
  return (
    <Dialog title={title} onClose={() => onClose(null)} footer={<><div class="grow" /><Button onClick={() => onClose(null)}>{t('Cancel')}</Button></>}>
      <p class="muted">{hint}</p>
      {codes === null && error === null && <Loading />}
      {looking && <video ref={video} class="camera" muted playsInline aria-label={t('What the camera sees')} />}
      {progress.count > 1 && <div class="stack small" role="status"><p>{t('{found} of {count} codes', progress)}</p><Meter value={progress.found / progress.count} label={t('Codes that were read')} /></div>}
      {error !== null && <Notice tone="warn">{error}</Notice>}
      <div class="row">
        {camera && <Button kind={looking ? 'plain' : 'primary'} disabled={codes === null} onClick={() => { setError(null); setLooking(!looking); }}>{looking ? t('Turn the camera off') : t('Use the camera')}</Button>}
        <Button icon="upload" disabled={codes === null} onClick={async () => read(await chooseFiles('image/*', true))}>{t('Choose pictures')}</Button>
      </div>
      <p class="note">{t('What the camera sees stays in this page.')}</p>
    </Dialog>
  );
}

/** Reads QR codes with the camera or from pictures, until what they carry is complete. Null where the user would rather not. */
export function scanCodes(title: string, hint: string, pictures: readonly File[] = []): Promise<Received | null> {
  return showDialog<Received>((close) => <ScanDialog title={title} hint={hint} pictures={pictures} onClose={close} />);
}
