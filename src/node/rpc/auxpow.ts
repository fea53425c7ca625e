import { decodeCompact } from '../../consensus/compact.ts';
import { auxPowTagScript } from '../../consensus/rules/auxpow.ts';
import { AuxBlocks, withAuxPow } from '../../mining/aux-blocks.ts';
import type { AuxPowRule } from '../../params/rules.ts';
import { readAuxPow } from '../../primitives/auxpow.ts';
import { stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ResultSpec, RpcMethod, RpcRequest } from '../../rpc/method.ts';
import { fromHex, hashFromHex, hashToHex, isHex, reversed, toHex } from '../../util/bytes.ts';
import { errorText, MalformedData, RpcError } from '../../util/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../util/json.ts';
import { Reader } from '../../util/reader.ts';
import { bitsHex, type BlockTemplateDeps } from './block-template.ts';
import { type OutputScripts, withTemplateErrors } from './generate.ts';

export interface AuxPowDeps extends BlockTemplateDeps {
  readonly rule: AuxPowRule;
  readonly scripts: OutputScripts;
  /** Calls a method of the wallet that a request is for; null where the node has no wallets. */
  readonly callWallet: ((method: string, request: RpcRequest) => Promise<Json>) | null;
}

const WORK: readonly ResultSpec[] = [
  { type: 'hex', key: 'hash', help: 'hash of the block: what the parent\'s coinbase names' },
  { type: 'numeric', key: 'chainid', help: 'the chain\'s id among those mined together' },
  { type: 'hex', key: 'previousblockhash', help: 'the block before it' },
  { type: 'numeric', key: 'coinbasevalue', help: 'satoshi that its coinbase makes' },
  { type: 'hex', key: 'coinbasescript', help: 'output script that the parent\'s coinbase must have too, where the chain asks for it' },
  { type: 'string', key: 'bits', help: 'its target, compact' },
  { type: 'numeric', key: 'height', help: 'its height' },
  { type: 'string', key: '_target', help: 'its target, least significant byte first (deprecated)' },
];
const PROOF = 'The proof, serialized: coinbase of the parent, parent\'s hash, branch and place of the coinbase, branch and place of the chain, parent\'s header.';

/** Makes and takes blocks whose work is done for a parent chain. */
class AuxMiner {
  private readonly d: AuxPowDeps;
  private readonly blocks: AuxBlocks;

  constructor(deps: AuxPowDeps) {
    this.d = deps;
    this.blocks = new AuxBlocks(deps.rule, deps);
  }

  private check(): void {
    const { params, chain, clientName } = this.d;
    if (params.mineBlocksOnDemand) return;
    if (this.d.connections() === 0) throw new RpcError(RPC.CLIENT_NOT_CONNECTED, `${clientName} is not connected!`);
    if (chain.isInitialDownload()) throw new RpcError(RPC.CLIENT_IN_INITIAL_DOWNLOAD, `${clientName} is downloading blocks...`);
  }

  async create(coinbaseScript: Uint8Array): Promise<JsonObject & { readonly hash: string }> {
    this.check();
    const { block, prev } = await withTemplateErrors(() => this.blocks.current(coinbaseScript));
    const { header } = block;
    return {
      hash: header.hashHex, chainid: this.d.rule.chainId, previousblockhash: hashToHex(header.prevHash),
      coinbasevalue: block.txs[0]?.outputs[0]?.value ?? 0, coinbasescript: toHex(auxPowTagScript(prev)), bits: bitsHex(header.bits), height: prev.height + 1,
      _target: toHex(reversed(fromHex(decodeCompact(header.bits).target.toString(16).padStart(64, '0')))),
    };
  }

  /** Whether the chain has taken the block; why it has not is in the log. */
  async submit(hash: string, proof: string): Promise<boolean> {
    this.check();
    const block = isHex(hash) && hash.length === 64 ? this.blocks.find(hashFromHex(hash)) : undefined;
    if (block === undefined) throw new RpcError(RPC.INVALID_PARAMETER, 'block hash unknown');
    const { accepted } = await this.d.chain.processNewBlock(withAuxPow(block, readProof(proof)), { force: true, minPowChecked: true });
    return accepted;
  }
}

/** Bytes of one proof and nothing else. @throws RpcError */
function readProof(hex: string): Uint8Array {
  if (!isHex(hex)) throw new RpcError(RPC.MISC_ERROR, 'AuxPow decode failed: no hexadecimal string');
  const bytes = fromHex(hex);
  try {
    const r = new Reader(bytes);
    readAuxPow(r);
    r.expectEnd();
  } catch (e) {
    if (e instanceof MalformedData) throw new RpcError(RPC.MISC_ERROR, `AuxPow decode failed: ${errorText(e)}`);
    throw e;
  }
  return bytes;
}

/** Addresses that wallets have given for merged mining: each until a block that pays to it was taken. */
class MiningAddresses {
  private readonly d: AuxPowDeps;
  private readonly byWallet = new Map<string, { readonly address: string; readonly hashes: Set<string> }>();

  constructor(deps: AuxPowDeps) {
    this.d = deps;
  }

  /** Name of the wallet that a request is for. @throws RpcError where there is none, or it cannot sign */
  async wallet(request: RpcRequest): Promise<string> {
    const info = await this.call('getwalletinfo', request);
    if (!isJsonObject(info)) throw new RpcError(RPC.INTERNAL_ERROR, 'getwalletinfo gave no object');
    if (info['private_keys_enabled'] === false) throw new RpcError(RPC.WALLET_ERROR, 'Error: Private keys are disabled for this wallet');
    return stringArg(info['walletname']);
  }

  async of(wallet: string, request: RpcRequest): Promise<{ readonly address: string; readonly hashes: Set<string> }> {
    const known = this.byWallet.get(wallet);
    if (known !== undefined) return known;
    const fresh = { address: stringArg(await this.call('getnewaddress', request)), hashes: new Set<string>() };
    this.byWallet.set(wallet, fresh);
    return fresh;
  }

  taken(wallet: string, hash: string): void {
    if (this.byWallet.get(wallet)?.hashes.has(hash) === true) this.byWallet.delete(wallet);
  }

  private call(method: string, request: RpcRequest): Promise<Json> {
    if (this.d.callWallet === null) throw new RpcError(RPC.METHOD_NOT_FOUND, 'Method not found');
    return this.d.callWallet(method, request);
  }
}

/** Methods for merged mining, of coins that have it. */
export function auxPowMethods(deps: AuxPowDeps): RpcMethod[] {
  const miner = new AuxMiner(deps);
  const script = (address: string): Uint8Array => {
    const found = deps.scripts.address(address);
    if (found === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Error: Invalid coinbase payout address');
    return found;
  };
  const methods: RpcMethod[] = [
    {
      name: 'createauxblock', category: 'mining', help: 'Makes a block for merged mining, and tells what a parent chain\'s miner needs to do its work.',
      args: [{ name: 'address', type: 'string', help: 'Address that the block pays to.' }],
      results: [{ type: 'object', fields: WORK }], examples: ['"address"'],
      handler: ({ params }) => miner.create(script(stringArg(params[0]))),
    },
    {
      name: 'submitauxblock', category: 'mining', help: 'Takes the proof of work for a block that createauxblock has made.',
      args: [{ name: 'hash', type: 'hex', help: 'Hash of the block.' }, { name: 'auxpow', type: 'hex', help: PROOF }],
      results: [{ type: 'boolean', help: 'whether the block was taken' }], examples: ['"hash" "proof"'],
      handler: ({ params }) => miner.submit(stringArg(params[0]), stringArg(params[1])),
    },
  ];
  return deps.callWallet === null ? methods : [...methods, walletMethod(miner, script, new MiningAddresses(deps))];
}

/** getauxblock: both in one, to an address of the wallet. */
function walletMethod(miner: AuxMiner, script: (address: string) => Uint8Array, addresses: MiningAddresses): RpcMethod {
  return {
    name: 'getauxblock', category: 'wallet',
    help: 'Makes a block for merged mining that pays to the wallet; with arguments takes the proof of work for one that it has made.',
    args: [{ name: 'hash', type: 'hex', optional: true, help: 'Hash of the block.' }, { name: 'auxpow', type: 'hex', optional: true, help: PROOF }],
    results: [{ type: 'object', condition: 'without arguments', fields: WORK }, { type: 'boolean', condition: 'with arguments', help: 'whether the block was taken' }],
    examples: ['', '"hash" "proof"'],
    handler: async (request) => {
      const [hash, proof] = request.params;
      const wallet = await addresses.wallet(request);
      if (hash === undefined && proof === undefined) {
        const { address, hashes } = await addresses.of(wallet, request);
        const work = await miner.create(script(address));
        hashes.add(work.hash);
        return work;
      }
      if (hash === undefined || proof === undefined) throw new RpcError(RPC.INVALID_PARAMETER, 'getauxblock takes both hash and auxpow, or neither');
      const taken = await miner.submit(stringArg(hash), stringArg(proof));
      if (taken) addresses.taken(wallet, stringArg(hash));
      return taken;
    },
  };
}
