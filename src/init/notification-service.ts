import type { UserNotification } from '../../ipc-spec/launcher.ts';
import { isChainAlert } from '../chain/chain-warnings.ts';
import { runCommand } from '../common/user-command.ts';
import { isHashHex } from '../util/bytes.ts';
import { CoinError, Overloaded } from '../util/errors.ts';
import { isPlain, standsAlone } from './shell-place.ts';
import { commandLines, type UserCommands } from './user-commands.ts';

/** Commands that run at once. The reference has no bound: a rescan starts one for each transaction of a wallet. */
export const MOST_COMMANDS = 64;
/** Above all that chains will have. */
const MOST_HEIGHT = 0x7fffffff;
/** What the system takes as one word. */
const COMMAND_BYTES = 128 * 1024;

const denied = (text: string): never => { throw new CoinError('denied', text); };

export interface NotificationModules {
  /** Whether a wallet of this name is there, among those of the wallet process. */
  readonly isWallet: (name: string) => boolean;
  /** Runs a command. @returns how it ended */
  readonly run?: (command: string) => Promise<number>;
}

/**
 * Runs the user's commands for one who is not trusted: that one says only which of them, and with which values. A value is looked at first,
 * so that nothing but what the user has named is ever run.
 */
export class NotificationService {
  private readonly commands: UserCommands;
  private readonly isWallet: (name: string) => boolean;
  private readonly run: (command: string) => Promise<number>;
  private readonly nameStandsAlone: boolean;
  private readonly said = new Set<UserNotification['kind']>();
  private running = 0;

  constructor(commands: UserCommands, modules: NotificationModules) {
    this.commands = commands;
    this.isWallet = modules.isWallet;
    this.run = modules.run ?? runCommand;
    this.nameStandsAlone = standsAlone(commands.wallet, '%w');
  }

  /** @returns how each command has ended @throws CoinError `denied`, `overloaded` */
  async notify(what: UserNotification): Promise<number[]> {
    this.check(what);
    const lines = commandLines(this.commands, what);
    if (lines.some((line) => Buffer.byteLength(line) >= COMMAND_BYTES)) denied('the command gets too long');
    // What is told once takes no place of the others: the end is never held up.
    const once = what.kind === 'startup' || what.kind === 'shutdown';
    const places = once ? 0 : lines.length;
    if (once) this.said.add(what.kind);
    else if (this.running >= MOST_COMMANDS) throw new Overloaded(`${MOST_COMMANDS} commands for notifications run already`);
    this.running += places;
    try {
      return await Promise.all(lines.map((line) => this.run(line)));
    } finally {
      this.running -= places;
    }
  }

  private check(what: UserNotification): void {
    switch (what.kind) {
      case 'alert': {
        if (!isChainAlert(what.text)) denied('no such alert');
        break;
      }
      case 'block': {
        if (!isHashHex(what.hash)) denied('no hash of a block');
        break;
      }
      case 'startup': case 'shutdown': {
        if (this.said.has(what.kind)) denied('that was told already');
        break;
      }
      case 'wallet': {
        this.checkWallet(what);
        break;
      }
      default: denied('no such notification');
    }
  }

  private checkWallet({ txid, block, height, wallet }: Extract<UserNotification, { kind: 'wallet' }>): void {
    const confirmed = isHashHex(block) && Number.isSafeInteger(height) && height >= 0 && height <= MOST_HEIGHT;
    if (!isHashHex(txid) || !(confirmed || (block === 'unconfirmed' && height === -1))) denied('no hash of a transaction, or no block with its height');
    if (!this.isWallet(wallet)) denied('no such wallet');
    if (!this.nameStandsAlone && !isPlain(wallet)) denied('%w stands within quotes, or the like, where this wallet\'s name could mean something: let it stand alone');
  }
}
