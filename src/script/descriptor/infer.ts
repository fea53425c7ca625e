import { hash160, ripemd160 } from '../../crypto/hash.ts';
import { isValidXonly } from '../../crypto/secp256k1.ts';
import { concatBytes } from '../../util/bytes.ts';
import { isCompressedPubkey } from '../interpreter/signature-encoding.ts';
import { TAPROOT_LEAF_TAPSCRIPT } from '../interpreter/verify-script.ts';
import type { AddressParams } from '../key-io.ts';
import type { SigningProvider } from '../signing-provider.ts';
import { extractDestination, hasAddress, matchMultiA, solve } from '../standard.ts';
import { addrNode, Descriptor, type DescriptorNode, miniscriptNode, multisigNode, pkhNode, pkNode, rawNode, rawTrNode, shNode, trNode, wpkhNode, wshNode } from './descriptor.ts';
import { ConstKey, type KeyExpression, OriginKey } from './key-expression.ts';
import { decodeMiniscript } from '../miniscript/decode.ts';
import type { MiniscriptContext } from '../miniscript/types.ts';
import { OP } from '../opcodes.ts';

type Context = 'top' | 'sh' | 'wsh' | 'tr';

class Inference {
  private readonly keys: SigningProvider;
  private readonly params: AddressParams;
  private nextKey = 0;

  constructor(keys: SigningProvider, params: AddressParams) {
    this.keys = keys;
    this.params = params;
  }

  private key(pubkey: Uint8Array): KeyExpression {
    const key = new ConstKey(this.nextKey++, pubkey, false);
    const origin = this.keys.origin(hash160(pubkey));
    return origin === undefined ? key : new OriginKey(origin, key, false);
  }

  private xonly(xonly: Uint8Array): KeyExpression {
    const key = new ConstKey(this.nextKey++, concatBytes(Uint8Array.of(2), xonly), true);
    const origin = this.keys.originByXonly(xonly);
    return origin === undefined ? key : new OriginKey(origin, key, false);
  }

  /** Null where nothing is known of what is inside. */
  node(script: Uint8Array, context: Context): DescriptorNode | null {
    const { type, data } = solve(script);
    const [first = new Uint8Array(0)] = data;
    if (context === 'tr') return this.leaf(script);
    const usable = (pubkey: Uint8Array): boolean => isCompressedPubkey(pubkey) || (context !== 'wsh' && pubkey[0] === 4);
    switch (type) {
      case 'pubkey':
        if (!usable(first)) break;
        return pkNode(this.key(first), false);
      case 'pubkeyhash': {
        const pubkey = this.keys.pubkey(first);
        if (pubkey === undefined || !usable(pubkey)) break;
        return pkhNode(this.key(pubkey));
      }
      case 'witness_v0_keyhash': {
        if (context === 'wsh') break;
        const pubkey = this.keys.pubkey(first);
        if (pubkey === undefined || !isCompressedPubkey(pubkey)) break;
        return wpkhNode(this.key(pubkey));
      }
      case 'multisig': {
        const pubkeys = data.slice(1, -1);
        if (!pubkeys.every(usable)) break;
        return multisigNode(first[0] as number, pubkeys.map((k) => this.key(k)), false, false);
      }
      case 'scripthash': {
        const redeem = context === 'top' ? this.keys.script(first) : undefined;
        const sub = redeem === undefined ? null : this.node(redeem, 'sh');
        if (sub !== null) return shNode(sub);
        break;
      }
      case 'witness_v0_scripthash': {
        const witness = context === 'wsh' ? undefined : this.witnessScript(first);
        const sub = witness === undefined ? null : this.node(witness, 'wsh');
        if (sub !== null) return wshNode(sub);
        break;
      }
      case 'witness_v1_taproot':
        if (context !== 'top') break;
        return this.taproot(first);
      default:
    }
    return context === 'wsh' ? this.miniscript(script, 'p2wsh') : null;
  }

  private miniscript(script: Uint8Array, context: MiniscriptContext): DescriptorNode | null {
    const found = decodeMiniscript(script, context, (hash) => {
      const pubkey = this.keys.pubkey(hash) ?? null;
      return pubkey !== null && isCompressedPubkey(pubkey) ? pubkey : null;
    });
    if (found === null || !found.node.isSane) return null;
    return miniscriptNode(found.node, found.keys.map((bytes) => (bytes.length === 32 ? this.xonly(bytes) : this.key(bytes))));
  }

  /** Script behind a SHA-256: providers keep scripts by hash160, which is RIPEMD-160 of it. */
  private witnessScript(hash: Uint8Array): Uint8Array | undefined {
    return this.keys.script(ripemd160(hash));
  }

  private leaf(script: Uint8Array): DescriptorNode | null {
    if (script.length === 34 && script[0] === 32 && script[33] === OP.OP_CHECKSIG) return pkNode(this.xonly(script.slice(1, 33)), true);
    const multi = matchMultiA(script);
    if (multi !== null) return multisigNode(multi.threshold, multi.xonlys.map((k) => this.xonly(k)), false, true);
    return this.miniscript(script, 'tapscript');
  }

  private taproot(outputKey: Uint8Array): DescriptorNode | null {
    const known = this.keys.taproot.get(Buffer.from(outputKey).toString('latin1'));
    if (known !== undefined) {
      const leaves = known.leaves.map((leaf) => (leaf.leafVersion === TAPROOT_LEAF_TAPSCRIPT ? this.leaf(leaf.script) : null));
      if (leaves.every((leaf) => leaf !== null)) return trNode(this.xonly(known.internalKey), leaves, known.leaves.map((leaf) => leaf.depth));
    }
    return isValidXonly(outputKey) ? rawTrNode(this.xonly(outputKey)) : null;
  }

  whole(script: Uint8Array): DescriptorNode {
    const node = this.node(script, 'top');
    if (node !== null) return node;
    const destination = extractDestination(script);
    return hasAddress(destination) ? addrNode(destination, this.params) : rawNode(script);
  }
}

/** The descriptor that says most about a script, given what `keys` knows. */
export function inferDescriptor(script: Uint8Array, keys: SigningProvider, params: AddressParams): Descriptor {
  return new Descriptor(new Inference(keys, params).whole(script), params);
}
