import fs from 'node:fs';
import path from 'node:path';

/** What is started when its user logs in. */
export interface AutostartEntry {
  /** The desktop entry's file. */
  readonly file: string;
  /** Name for people. */
  readonly name: string;
  /** The program with its arguments. */
  readonly command: readonly string[];
}

/** A word of a command, as desktop entries have it: quoted where a character would mean something. */
function execWord(word: string): string {
  const plain = word.replaceAll('%', '%%');
  const quoted = /^[\w@%+=:,./-]+$/.test(plain) ? plain : `"${plain.replace(/["`$\\]/g, '\\$&')}"`;
  // Values have an escape of their own, above that of words.
  return quoted.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** Text of a desktop entry (freedesktop.org's Desktop Application Autostart): line for line what the reference writes. */
export function desktopEntry({ name, command }: Omit<AutostartEntry, 'file'>): string {
  return ['[Desktop Entry]', 'Type=Application', `Name=${name}`, `Exec=${command.map(execWord).join(' ')}`, 'Terminal=false', 'Hidden=false', ''].join('\n');
}

/** Whether the program starts when its user logs in. */
export class Autostart {
  private readonly entry: AutostartEntry;

  constructor(entry: AutostartEntry) {
    this.entry = entry;
  }

  /** An entry that is there counts, unless it says that it is hidden. */
  get isOn(): boolean {
    try {
      return !fs.readFileSync(this.entry.file, 'utf8').split('\n').some((line) => line.includes('Hidden') && line.includes('true'));
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw e;
    }
  }

  set(on: boolean): void {
    const { file } = this.entry;
    if (!on) return fs.rmSync(file, { force: true });
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.writeFileSync(file, desktopEntry(this.entry), { mode: 0o600 });
  }
}
