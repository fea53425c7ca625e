import type { Echo } from '../../ipc-spec/echo.ts';
import type { ChainStateImpl } from '../chain/chain-state.ts';
import { cacheSizes } from '../chain/load.ts';
import type { Args } from '../common/arguments.ts';
import type { Logging } from '../common/logging.ts';
import type { FeeEstimators } from '../mempool/fee-estimators.ts';
import type { TxMempool } from '../mempool/mempool.ts';
import type { BlockAssembler } from '../mining/block-assembler.ts';
import type { FindSigners } from '../wallet/external-signer.ts';
import type { IpcConnectionInfo } from '../node/ipc-info.ts';
import type { ProcessInfo } from '../node/process-info.ts';
import { auxPowMethods } from '../node/rpc/auxpow.ts';
import { blockchainMethods } from '../node/rpc/blockchain.ts';
import { controlMethods } from '../node/rpc/control.ts';
import { feeMethods } from '../node/rpc/fees.ts';
import { generateMethods, type OutputScripts } from '../node/rpc/generate.ts';
import { mempoolSubmitMethods } from '../node/rpc/mempool-submit.ts';
import { mempoolMethods } from '../node/rpc/mempool.ts';
import { miningMethods } from '../node/rpc/mining.ts';
import { processMethods } from '../node/rpc/processes.ts';
import { signerMethods } from '../node/rpc/signer.ts';
import { rawTransactionMethods } from '../node/rpc/rawtransaction.ts';
import { utilMethods } from '../node/rpc/util.ts';
import type { ChainParams } from '../params/chain-params.ts';
import { RPC } from '../rpc/errors.ts';
import type { RpcMethod, RpcRequest } from '../rpc/method.ts';
import { scriptNames } from '../rpc/script-names.ts';
import { JsonText, type RpcServer } from '../rpc/server.ts';
import { DescriptorError, parseDescriptors } from '../script/descriptor/parse.ts';
import { decodeDestination } from '../script/key-io.ts';
import { SigningProvider } from '../script/signing-provider.ts';
import { scriptForDestination } from '../script/standard.ts';
import type { Clock } from '../util/clock.ts';
import { RpcError } from '../util/errors.ts';
import { type Json, parseJson } from '../util/json.ts';
import type { NodeIndexes } from './indexes.ts';
import type { NodeNetwork } from './network.ts';
import { chainCacheBytes } from './node-settings.ts';

export interface NodeRpcParts {
  readonly args: Args;
  readonly params: ChainParams;
  readonly clock: Clock;
  readonly log: Logging;
  readonly logFile: string;
  readonly startMs: number;
  readonly server: RpcServer;
  readonly chain: ChainStateImpl;
  readonly mempool: TxMempool;
  readonly estimators: FeeEstimators | null;
  readonly assembler: BlockAssembler;
  /** Resolves when every event of the chain up to now has been handled by all who follow it. */
  readonly drained: () => Promise<void>;
  readonly network: NodeNetwork;
  readonly indexes: NodeIndexes;
  readonly requireStandard: boolean;
  /** Whether the node has wallets of its own. */
  readonly hasWallets: boolean;
  readonly mempoolPath: string;
  readonly expirySec: number;
  readonly warnings: () => readonly string[];
  readonly processes: () => Promise<readonly ProcessInfo[]>;
  readonly connections: () => readonly IpcConnectionInfo[];
  readonly signers: FindSigners;
  readonly shutdown: () => void;
  readonly echo: () => Promise<Echo>;
  readonly setMockTime: (sec: number) => Promise<void>;
  readonly forwardScheduler: (sec: number) => Promise<void>;
}

/** Coinbase scripts from addresses and descriptors. */
function outputScripts(params: ChainParams): OutputScripts {
  return {
    address: (text) => {
      const decoded = decodeDestination(text, params);
      return decoded.ok ? scriptForDestination(decoded.destination) : null;
    },
    descriptor: (text) => {
      const keys = new SigningProvider();
      let list;
      try {
        list = parseDescriptors(text, params, keys);
      } catch (e) {
        if (e instanceof DescriptorError) return { error: e.message };
        throw e;
      }
      const [descriptor] = list;
      if (descriptor === undefined) return { error: '' };
      if (list.length > 1) throw new RpcError(RPC.INVALID_PARAMETER, 'Multipath descriptor not accepted');
      if (descriptor.isRange) throw new RpcError(RPC.INVALID_PARAMETER, 'Ranged descriptor not accepted. Maybe pass through deriveaddresses first?');
      const scripts = descriptor.expand(0, keys)?.scripts;
      if (scripts === undefined) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Cannot derive script without private keys');
      // combo() makes several: the reference mines to P2PKH or, with a compressed key, to P2WPKH.
      const script = scripts.length === 1 ? scripts[0] : scripts.length === 4 ? scripts[2] : scripts[1];
      if (script === undefined) throw new RpcError(RPC.INVALID_PARAMETER, 'Descriptor makes no script');
      return { script };
    },
  };
}

/** Asks the wallet that a request is for by the method that anybody would call. */
function walletCaller(server: RpcServer): (method: string, request: RpcRequest) => Promise<Json> {
  return async (method, { uri, authUser, peerAddress, signal }) => {
    const result = await server.execute(method, [], { uri, user: authUser, peerAddress, signal });
    return result instanceof JsonText ? parseJson(result.text) : result ?? null;
  };
}

/** The node's RPC table. */
export function nodeRpcMethods(parts: NodeRpcParts): RpcMethod[] {
  const { args, params, clock, log, server, chain, mempool, estimators, assembler, network, indexes } = parts;
  const names = scriptNames(params);
  const { auxpow } = params.consensus.rules;
  const forMiners = {
    chain, mempool, assembler, params, versionBits: chain.deployments.versionBits, clock, connections: () => network.connections(), clientName: params.coin.clientName,
  };
  const deprecated = (name: string): boolean => args.strings('deprecatedrpc').includes(name);
  const scripts = outputScripts(params);
  const announce = (tx: Parameters<NodeNetwork['announceTransaction']>[0]): void => network.announceTransaction(tx);
  const sizes = cacheSizes(chainCacheBytes(args));
  const warningsJson = (): string | string[] => (deprecated('warnings') ? parts.warnings().at(-1) ?? '' : [...parts.warnings()]);
  return [
    ...controlMethods({
      server, log, clock, clientName: params.coin.clientName, logFile: parts.logFile, startMs: parts.startMs, mockable: params.mineBlocksOnDemand,
      shutdown: parts.shutdown, echo: parts.echo, setMockTime: parts.setMockTime, forwardScheduler: parts.forwardScheduler,
    }),
    ...blockchainMethods({
      chain, mempool, names, deprecated, warnings: parts.warnings, drained: parts.drained,
      txLookup: indexes.txLookup, filterLookup: indexes.filterLookup, coinsCacheSizes: { db: sizes.coinsDb, memory: sizes.coins },
    }),
    ...mempoolMethods({ mempool, chain, clock, log, path: parts.mempoolPath, persistV1: args.bool('persistmempoolv1', false), expirySec: parts.expirySec, deprecated }),
    ...mempoolSubmitMethods({ mempool, chain, announce, drained: parts.drained }),
    ...feeMethods({ mempool, estimators }),
    ...generateMethods({ chain, mempool, assembler, params, scripts }),
    ...miningMethods({ ...forMiners, requireStandard: parts.requireStandard, warnings: warningsJson }),
    ...(auxpow === undefined ? [] : auxPowMethods({ ...forMiners, rule: auxpow, scripts, callWallet: parts.hasWallets ? walletCaller(server) : null })),
    ...utilMethods({ params, indexes: () => indexes.summaries() }),
    ...rawTransactionMethods({ params, chain, mempool, names, txLookup: indexes.txLookup }),
    ...signerMethods({ signers: parts.signers }),
    ...processMethods({ processes: parts.processes, connections: parts.connections }),
    ...network.rpcMethods(warningsJson),
  ];
}
