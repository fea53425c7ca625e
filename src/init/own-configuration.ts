import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Args, secretOptions } from '../common/arguments.ts';
import { ConfigSecrets } from '../common/config-secrets.ts';
import type { ConfigurationCheck, ConfigurationView } from '../gui/api.ts';
import { CONFIGURATION_ERRORS, type ConfigurationEditor, type ConfigurationSaved } from '../gui/configuration-editor.ts';
import { replaceFile } from '../store/replace-file.ts';
import { CoinError, errorText } from '../util/errors.ts';
import { checkConfiguration, type ConfigurationGround, includedFiles } from './configuration-check.ts';

/** A file that is larger is not for an editor in a page. */
const MAX_BYTES = 1024 * 1024;
const VERSION_DIGITS = 32;
/** What a field of a page does not give back as it was. */
const NOT_KEPT = /\r(?!\n)|\0/;

/** The file as it is on the disk. */
interface OnDisk {
  /** Without links on the way. */
  readonly file: string;
  /** Null where there is none. */
  readonly bytes: Uint8Array | null;
  readonly stat: fs.Stats | null;
  /** Lines end with LF here, however they do in the file. */
  readonly text: string;
  readonly crlf: boolean;
  readonly version: string;
}

/** The configuration file of this program's own node, read and written by this process. */
export class OwnConfiguration implements ConfigurationEditor {
  private readonly ground: ConfigurationGround;
  private readonly secrets: ConfigSecrets;

  /** @param ground.file empty where no configuration file is used */
  constructor(ground: ConfigurationGround) {
    this.ground = ground;
    this.secrets = new ConfigSecrets(secretOptions(new Args(ground.specs)));
  }

  private read(): OnDisk {
    const { file } = this.ground;
    if (file === '') throw CONFIGURATION_ERRORS.none();
    let found: { file: string; bytes: Uint8Array; stat: fs.Stats } | null = null;
    try {
      if (fs.existsSync(file)) {
        const real = fs.realpathSync(file);
        const stat = fs.statSync(real);
        if (!stat.isFile() || stat.size > MAX_BYTES) throw CONFIGURATION_ERRORS.large();
        found = { file: real, bytes: new Uint8Array(fs.readFileSync(real)), stat };
      }
    } catch (e) {
      throw e instanceof CoinError ? e : new CoinError('configuration', errorText(e), { cause: e });
    }
    if (found === null) return { file, bytes: null, stat: null, text: '', crlf: false, version: 'none' };
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(found.bytes);
    } catch {
      throw CONFIGURATION_ERRORS.noText();
    }
    if (NOT_KEPT.test(text)) throw CONFIGURATION_ERRORS.notKept();
    const ends = text.split('\r\n').length - 1;
    const version = createHash('sha256').update(found.bytes).digest('hex').slice(0, VERSION_DIGITS);
    return { ...found, text: text.replaceAll('\r\n', '\n'), crlf: ends > 0 && ends === text.split('\n').length - 1, version };
  }

  private known(version: string): OnDisk {
    const now = this.read();
    if (now.version !== version) throw CONFIGURATION_ERRORS.changed();
    return now;
  }

  /** What is on the disk, and what was typed with its passwords. */
  private whole(text: string, version: string): { readonly now: OnDisk; readonly restored: ReturnType<ConfigSecrets['restore']> } {
    const now = this.known(version);
    return { now, restored: this.secrets.restore(text, now.text) };
  }

  view(secrets: boolean): ConfigurationView {
    const { file } = this.ground;
    if (file === '') return { locked: 'none', file: null, text: null, version: '', secrets: 0, included: [] };
    const now = this.read();
    const { text, hidden } = this.secrets.hide(now.text);
    const shown = (one: string): string => (secrets ? one : this.secrets.hide(one, () => '****').text);
    return {
      locked: null, file, text: now.bytes === null ? null : secrets ? now.text : text, version: now.version, secrets: hidden,
      included: includedFiles(now.text, this.ground).map((one) => ({ file: one.file, text: one.text === null ? null : shown(one.text) })),
    };
  }

  async check(text: string, version: string): Promise<ConfigurationCheck> {
    const { now, restored } = this.whole(text, version);
    const check = await checkConfiguration(restored.text, now.text, this.ground);
    return { ...check, strays: restored.strays };
  }

  reveal(text: string, version: string): string { return this.whole(text, version).restored.text; }

  async save(text: string, version: string, secrets: boolean): Promise<ConfigurationSaved> {
    const { findings, strays, changed } = await this.check(text, version);
    if (strays.length > 0 || findings.some(({ severity }) => severity === 'error')) throw CONFIGURATION_ERRORS.refused();
    // The check took a moment.
    const { now, restored: { text: typed } } = this.whole(text, version);
    const lines = typed === '' || typed.endsWith('\n') ? typed : `${typed}\n`;
    const bytes = Buffer.from(now.crlf ? lines.replaceAll('\n', '\r\n') : lines, 'utf8');
    if (bytes.length > MAX_BYTES) throw CONFIGURATION_ERRORS.long();
    const backup = now.bytes === null ? null : `${now.file}.bak`;
    const before = (): void => { this.known(version); };
    try {
      if (now.stat !== null) fs.accessSync(now.file, fs.constants.W_OK);
      else fs.mkdirSync(path.dirname(now.file), { recursive: true, mode: 0o700 });
      if (now.bytes !== null && backup !== null) replaceFile(backup, now.bytes, { like: now.stat });
      replaceFile(now.file, bytes, { like: now.stat, before });
    } catch (e) {
      throw e instanceof CoinError ? e : new CoinError('configuration', errorText(e), { cause: e });
    }
    return { view: this.view(secrets), backup, changed };
  }
}
