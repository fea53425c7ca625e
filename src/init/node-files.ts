import fs from 'node:fs';
import type { LogPiece, NodeAbout } from '../../ipc-spec/node-types.ts';
import { type Args, secretOptions } from '../common/arguments.ts';
import { ConfigSecrets } from '../common/config-secrets.ts';
import { isDirectory } from '../common/paths.ts';
import type { CoinInfo } from '../params/chain-params.ts';
import { readLogPiece } from '../node/log-piece.ts';
import type { NodeFiles } from '../node/node-interface.ts';
import { RPC } from '../rpc/errors.ts';
import { errorText, RpcError } from '../util/errors.ts';
import { subversion } from './node-settings.ts';

/** A configuration file that is larger is not shown. */
const MAX_CONFIG = 1024 * 1024;

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (e) {
    throw new RpcError(RPC.MISC_ERROR, errorText(e), { cause: e });
  }
}

/** The files of a node that a user may want to look at, and what stands on its label. */
export class FilesOfNode implements NodeFiles {
  private readonly o: { readonly args: Args; readonly configFile: string; readonly coin: CoinInfo; readonly startTime: number };
  /** Null until the log is open, and where there is none. */
  logFile: string | null = null;

  /** @param options.startTime unix seconds */
  constructor(options: { readonly args: Args; readonly configFile: string; readonly coin: CoinInfo; readonly startTime: number }) {
    this.o = options;
  }

  private get configFile(): string | null {
    const { configFile: file } = this.o;
    return file === '' || isDirectory(file) || !fs.existsSync(file) ? null : file;
  }

  about(): NodeAbout {
    return { userAgent: subversion(this.o.args, this.o.coin), startTime: this.o.startTime, logFile: this.logFile, configFile: this.configFile };
  }

  log(end: number | null, bytes: number): LogPiece | null {
    const { logFile } = this;
    return logFile === null ? null : readable(() => readLogPiece(logFile, end, bytes));
  }

  /** Values of options that hold secrets are not shown. */
  configuration(): string | null {
    const { configFile } = this;
    if (configFile === null) return null;
    const text = readable(() => {
      if (fs.statSync(configFile).size > MAX_CONFIG) throw new RpcError(RPC.MISC_ERROR, `${configFile} is too large to be shown`);
      return fs.readFileSync(configFile, 'utf8');
    });
    return new ConfigSecrets(secretOptions(this.o.args)).hide(text, () => '****').text;
  }
}
