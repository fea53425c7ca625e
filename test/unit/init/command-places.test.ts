import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { refuseCommandPlaces } from '../../../src/init/command-places.ts';

let home: string;
let data: string;

beforeAll(() => {
  home = fs.realpathSync(fs.mkdtempSync(path.join(os.homedir(), '.coin-places-')));
  data = path.join(home, 'my data');
  fs.mkdirSync(path.join(home, 'mydata'));
  fs.mkdirSync(data);
  fs.symlinkSync(data, path.join(home, 'link'));
  fs.writeFileSync(path.join(home, 'tell.sh'), '');
});
afterAll(() => { fs.rmSync(home, { recursive: true, force: true }); });

it('a command that is run outside of fences uses nothing that processes within them may change', () => {
  const below = path.relative(os.homedir(), home);
  const places = [data];
  const check = (command: string) => (): void => refuseCommandPlaces('blocknotify', command, places);
  for (const command of [
    `'${data}/tell.sh' %s`, `echo %s >> "${data}/%s"`, `sh -c '"${data}"/x'`, `${data.replace(' ', '\\ ')}/x`, `${home}/link/x %s`, `tell --file=${home}/link/x`, `cd ${home}/link; ./x`,
    `~/${below}/link/tell.sh`, `$HOME/${below}/link/x`, `\${HOME}/${below}/link/x`, `${home}/mydata/../link/x`, `PATH=/bin:${home}/link tell`, `cat <${home}/link/x`,
  ]) expect(check(command)).toThrow(/^-sandbox: -blocknotify uses .*, where processes within fences may write: keep what it needs elsewhere$/);
  for (const command of ['', 'echo %s', `${home}/tell.sh %s`, `echo %s >> ${data}base`, `echo > '${home}/mydata/%s'`, `curl https://example.org/%s`, '/', '~', `${data}-2/x`]) expect(check(command)).not.toThrow();
  expect(() => refuseCommandPlaces('signer', 'true', [process.cwd()])).toThrow(/^-sandbox: -signer uses the working directory /);
});
