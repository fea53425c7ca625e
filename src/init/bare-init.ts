import type { Chain } from '../../ipc-spec/chain.ts';
import type { Echo } from '../../ipc-spec/echo.ts';
import type { Init } from '../../ipc-spec/init.ts';
import type { Mining } from '../../ipc-spec/mining.ts';
import type { Node } from '../../ipc-spec/node.ts';
import type { Rpc } from '../../ipc-spec/rpc.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';

/** What a process hands out that has nothing but an echo. Others put in what they have. */
export abstract class BareInit implements Init {
  abstract configure(...args: Parameters<Init['configure']>): Promise<void>;
  makeEcho(): Promise<Echo> { return Promise.resolve({ echo: (text: string) => Promise.resolve(text) }); }
  makeChain(): Promise<Chain | null> { return Promise.resolve(null); }
  makeWalletLoader(_chain: Chain): Promise<WalletLoader | null> { return Promise.resolve(null); }
  makeRpc(): Promise<Rpc | null> { return Promise.resolve(null); }
  makeNode(): Promise<Node | null> { return Promise.resolve(null); }
  makeMining(): Promise<Mining | null> { return Promise.resolve(null); }
}
