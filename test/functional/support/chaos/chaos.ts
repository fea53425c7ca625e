import { until } from '../test-node.ts';
import { Ledger, outcomeOf, type Payment } from './ledger.ts';
import { ProcessTracker } from './process-tracker.ts';
import type { Random } from './random.ts';
import { LONGEST_CALL_MS, type Victim, type WalletName, WALLETS, type World } from './worlds.ts';

/** An address that nobody's wallet has. */
const MINER = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
/** Coinbases that each wallet begins with, and what makes them spendable. */
const FIRST_COINS = 15;
const MATURITY = 100;
const SAT = 1e8;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const inSat = (coins: number): number => Math.round(coins * SAT);

/** What came of a run. */
export interface ChaosReport {
  readonly world: string;
  readonly actions: Readonly<Record<string, number>>;
  readonly payments: Readonly<Record<'paid' | 'refused' | 'unknown', number>>;
  readonly longestCallMs: number;
  /** Everything that must not be. */
  readonly faults: readonly string[];
}

/** Payments in a world where things go wrong, and the reckoning afterwards. */
export class Chaos {
  private readonly world: World;
  private readonly random: Random;
  private readonly say: (line: string) => void;
  private readonly ledger = new Ledger();
  private readonly tracker = new ProcessTracker();
  private readonly faults: string[] = [];
  private readonly actions: Record<string, number> = {};
  private readonly killed = new Map<Victim, number>();
  private longestCallMs = 0;
  private running = true;
  private amount = 100_000;

  constructor(world: World, random: Random, say: (line: string) => void) {
    this.world = world;
    this.random = random;
    this.say = say;
  }

  /** @param seconds of trouble; setting up and reckoning come on top */
  async run(seconds: number): Promise<ChaosReport> {
    const { world } = this;
    await this.setUp();
    const end = Date.now() + seconds * 1000;
    const over = (): boolean => !this.running || Date.now() > end;
    const watch = setInterval(() => this.tracker.look(world.roots()), 200);
    await Promise.all([
      this.loop(over, () => this.pay('a', 'b'), 150), this.loop(over, () => this.pay('b', 'a'), 150),
      this.loop(over, () => this.timed('generatetoaddress', () => world.node('generatetoaddress', [1, MINER])), 900),
      this.loop(over, () => this.timed('the page', () => world.page()), 400),
      this.trouble(over),
    ]);
    this.say('healing');
    await this.heal();
    await this.settle();
    await this.reckon();
    this.explain();
    clearInterval(watch);
    this.tracker.look(world.roots());
    await world.stop();
    await until('no process is left', () => this.tracker.alive().length === 0, LONGEST_CALL_MS).catch(() => undefined);
    for (const left of this.tracker.alive()) this.faults.push(`still there: ${left}`);
    return { world: world.name, actions: this.actions, payments: this.ledger.counts, longestCallMs: this.longestCallMs, faults: this.faults };
  }

  /** A call whose time is taken, whatever comes of it. */
  private async timed<T>(what: string, work: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    try {
      return await work();
    } finally {
      const took = performance.now() - begin;
      this.longestCallMs = Math.max(this.longestCallMs, Math.round(took));
      if (took > LONGEST_CALL_MS / 2) this.say(`  ${what} took ${Math.round(took)} ms`);
      if (took > LONGEST_CALL_MS - 50) this.faults.push(`${what} took ${Math.round(took)} ms`);
    }
  }

  private async loop(over: () => boolean, work: () => Promise<unknown>, betweenMs: number): Promise<void> {
    while (!over()) {
      await work().catch(() => undefined);
      await pause(betweenMs);
    }
  }

  private async setUp(): Promise<void> {
    const { world } = this;
    await until('the node', () => world.node('getblockcount').then(() => true, () => false), 60_000);
    for (const name of WALLETS) {
      await until(`wallet ${name}`, async () => {
        try {
          await world.wallet(name, 'createwallet', [name, false, false, '', false, true, true]);
          return true;
        } catch (e) {
          return /already exists/.test(String(e));
        }
      }, 60_000);
    }
    for (const name of WALLETS) await world.node('generatetoaddress', [FIRST_COINS, await world.wallet(name, 'getnewaddress')]);
    await world.node('generatetoaddress', [MATURITY, MINER]);
    for (const name of WALLETS) await until(`coins of ${name}`, async () => await world.wallet<number>(name, 'getbalance') === FIRST_COINS * 50);
    // What is on disk is not lost with the node.
    await world.node('gettxoutsetinfo', ['none']);
    this.tracker.look(world.roots());
    this.say('begins');
  }

  private async pay(from: WalletName, to: WalletName): Promise<void> {
    const { world } = this;
    const address = await this.timed('getnewaddress', () => world.wallet<string>(to, 'getnewaddress'));
    const sat = this.amount++;
    const payment: Payment = { from, to, address, sat, outcome: { kind: 'unknown', error: 'not answered' } };
    this.ledger.payments.push(payment);
    try {
      payment.outcome = { kind: 'paid', txid: await this.timed('sendtoaddress', () => world.wallet<string>(from, 'sendtoaddress', [address, (sat / SAT).toFixed(8)])) };
    } catch (e) {
      payment.outcome = outcomeOf(e);
    }
  }

  private async trouble(over: () => boolean): Promise<void> {
    const { world, random } = this;
    const kinds = [
      'kill', 'kill', 'kill', 'stop for a while', 'stop for a while', 'restart', 'restart',
      ...(world.lines.length > 0 ? ['cut', 'cut', 'silence', 'slowness'] : []), ...(world.disks.length > 0 ? ['full disk'] : []),
    ];
    while (!over()) {
      await pause(random.between(300, 1500));
      const kind = random.pick(kinds);
      const victim = random.pick(world.victims);
      this.actions[kind] = (this.actions[kind] ?? 0) + 1;
      this.say(`${kind}${['kill', 'stop for a while', 'restart'].includes(kind) ? `: ${victim.name}` : ''}`);
      try {
        await this.act(kind, victim);
      } catch (e) {
        this.say(`  ${String(e)}`);
      }
      if (random.next() < 0.6) await this.revive();
    }
  }

  private async act(kind: string, victim: Victim): Promise<void> {
    const { world, random } = this;
    const pid = victim.pid();
    switch (kind) {
      case 'kill':
        if (pid === 0) return;
        process.kill(pid, 'SIGKILL');
        this.killed.set(victim, (this.killed.get(victim) ?? 0) + 1);
        await until('it is dead', () => victim.pid() !== pid, LONGEST_CALL_MS);
        return;
      case 'stop for a while':
        if (pid === 0) return;
        process.kill(pid, 'SIGSTOP');
        await pause(random.between(300, 3000));
        process.kill(pid, 'SIGCONT');
        return;
      case 'restart':
        if (pid !== 0) await victim.stop();
        return;
      case 'cut': for (const line of world.lines) line.cut(); return;
      case 'silence': for (const line of world.lines) line.stall(random.between(500, 3000)); return;
      case 'slowness': for (const line of world.lines) line.delayMs = random.between(0, 40); return;
      case 'full disk':
        for (const disk of world.disks) disk.fill();
        await pause(random.between(500, 2500));
        for (const disk of world.disks) disk.free();
        return;
    }
  }

  /** Starts what does not run. */
  private async revive(): Promise<void> {
    for (const victim of this.world.victims) {
      if (victim.pid() !== 0) continue;
      await victim.start().catch((e: unknown) => this.say(`  ${victim.name} does not start: ${String(e)}`));
    }
  }

  private async heal(): Promise<void> {
    const { world } = this;
    for (const line of world.lines) line.delayMs = 0;
    for (const disk of world.disks) disk.free();
    let missing = '';
    await until('all run and answer', async () => {
      await this.revive();
      try {
        missing = 'the node';
        await world.node('getblockcount');
        for (const name of WALLETS) {
          missing = `wallet ${name}`;
          await world.wallet(name, 'getbalance');
          // A wallet answers that without a node, too: this one asks the node.
          await world.wallet(name, 'getblockcount');
        }
        return true;
      } catch (e) {
        missing += `: ${String(e)}`;
        await pause(300);
        return false;
      }
    }, 90_000).catch(() => { throw new Error(`it does not heal: ${missing}`); });
  }

  /** Mines until nothing of the wallets is left to be mined. Wallets send what is not in the pool when they are opened. */
  private async settle(): Promise<void> {
    const { world } = this;
    for (let round = 0; round < 20; round++) {
      await world.node('generatetoaddress', [1, MINER]);
      const open: string[] = [];
      for (const name of WALLETS) {
        const list = await world.wallet<{ confirmations: number; txid: string; abandoned?: boolean }[]>(name, 'listtransactions', ['*', 100_000]);
        open.push(...list.filter((row) => row.confirmations < 1 && row.abandoned !== true).map((row) => row.txid));
      }
      if (open.length === 0) return;
      if (round === 19) for (const txid of new Set(open)) this.faults.push(`not in a block in the end: ${await this.whyOpen(txid)}`);
      for (const name of WALLETS) {
        await world.wallet(name, 'unloadwallet', [name]);
        await world.wallet(name, 'loadwallet', [name]);
      }
    }
  }

  /** What wallets and node say of a transaction that does not get into a block. */
  private async whyOpen(txid: string): Promise<string> {
    const { world } = this;
    const said: string[] = [txid];
    for (const name of WALLETS) {
      try {
        const { hex, confirmations, walletconflicts, details } = await world.wallet<{ hex: string; confirmations: number; walletconflicts: string[]; details: object[] }>(name, 'gettransaction', [txid]);
        said.push(`wallet ${name}: ${JSON.stringify({ confirmations, walletconflicts, details })}`);
        said.push(`node: ${await world.node<string>('sendrawtransaction', [hex]).catch(String)}`);
      } catch (e) {
        said.push(`wallet ${name}: ${String(e)}`);
      }
    }
    return said.join('; ');
  }

  /** The test's book against the chain and against both wallets. */
  private async reckon(): Promise<void> {
    const { world, ledger } = this;
    const chain = new Map<string, { txid: string; sat: number }[]>();
    const height = await world.node<number>('getblockcount');
    let fees = 0;
    for (let h = 1; h <= height; h++) {
      const block = await world.node<{ tx: { txid: string; fee?: number; vout: { value: number; scriptPubKey: { address?: string } }[] }[] }>('getblock', [await world.node('getblockhash', [h]), 2]);
      for (const tx of block.tx) {
        fees += inSat(tx.fee ?? 0);
        for (const { value, scriptPubKey: { address } } of tx.vout) {
          if (address !== undefined) chain.set(address, [...chain.get(address) ?? [], { txid: tx.txid, sat: inSat(value) }]);
        }
      }
    }
    this.faults.push(...ledger.faults(chain));
    let sum = 0;
    for (const name of WALLETS) {
      sum += inSat(await world.wallet<number>(name, 'getbalance'));
      const list = await world.wallet<{ address?: string; category: string; txid: string }[]>(name, 'listtransactions', ['*', 100_000]);
      const received = new Set(list.filter((row) => row.category === 'receive').map((row) => row.address));
      const sent = new Set(list.filter((row) => row.category === 'send').map((row) => row.address));
      for (const { from, to, address } of ledger.payments) {
        const there = chain.has(address);
        if (to === name && received.has(address) !== there) this.faults.push(`wallet ${name} ${there ? 'has not noticed' : 'has imagined'} what came to ${address}`);
        if (from === name && sent.has(address) !== there) this.faults.push(`wallet ${name} ${there ? 'has forgotten' : 'believes in'} what went to ${address}`);
      }
    }
    const expected = WALLETS.length * FIRST_COINS * 50 * SAT - fees;
    if (sum !== expected) this.faults.push(`the wallets have ${sum} sat, and should have ${expected}`);
  }

  /** Who was killed is in somebody's log. */
  private explain(): void {
    for (const [victim, count] of this.killed) {
      const { log, pattern } = victim.endings;
      if (count > 0 && !pattern.test(log())) this.faults.push(`no log says that ${victim.name} has ended`);
    }
  }
}
