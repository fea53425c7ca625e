import fs from 'node:fs';
import { Args } from '../common/arguments.ts';
import { ArgsError } from '../common/errors.ts';
import { CHAIN_OPTIONS, HIDDEN_OPTIONS } from '../common/node-options.ts';
import type { OptionSpec } from '../common/option-spec.ts';
import type { RoleContext } from '../common/role.ts';
import { failure, printOutcome, startTool, type ToolOutcome } from '../common/tool-start.ts';
import type { ChainParams } from '../params/chain-params.ts';
import { Transaction } from '../primitives/transaction.ts';
import { decodeHexTransaction, DEFAULT_RAWTX_VERSION } from '../rpc/raw-transaction.ts';
import { scriptNames } from '../rpc/script-names.ts';
import { transactionToJson } from '../rpc/transaction-json.ts';
import { editTransaction, TxEditError } from '../tools/tx-edit.ts';
import { signWithRegisters } from '../tools/tx-sign.ts';
import { toHex } from '../util/bytes.ts';
import { CoinError, InitError } from '../util/errors.ts';
import { type Json, JsonParseError, parseJson, stringifyJson } from '../util/json.ts';
import { chooseParams } from './parameters.ts';

const OPTIONS: readonly OptionSpec[] = [
  ...HIDDEN_OPTIONS, ...CHAIN_OPTIONS,
  { name: 'help', help: 'Print this help message and exit (also -h or -?)', category: 'Options' },
  { name: 'version', help: 'Print version and exit', category: 'Options' },
  { name: 'create', help: 'Create new, empty TX.', category: 'Options' },
  { name: 'json', help: 'Select JSON output', category: 'Options' },
  { name: 'txid', help: 'Output only the hex-encoded transaction id of the resultant transaction.', category: 'Options' },
];
const COMMANDS: readonly OptionSpec[] = [
  { name: 'delin=N', help: 'Remove input N', category: 'Commands' },
  { name: 'delout=N', help: 'Remove output N', category: 'Commands' },
  { name: 'in=TXID:VOUT(:SEQUENCE_NUMBER)', help: 'Add an input', category: 'Commands' },
  { name: 'load=NAME:FILENAME', help: 'Read a register from a file of JSON', category: 'Commands' },
  { name: 'locktime=N', help: 'Set the locktime', category: 'Commands' },
  { name: 'nversion=N', help: 'Set the version', category: 'Commands' },
  { name: 'outaddr=VALUE:ADDRESS', help: 'Add an output to an address', category: 'Commands' },
  { name: 'outdata=[VALUE:]DATA', help: 'Add an output that carries data (hex)', category: 'Commands' },
  { name: 'outmultisig=VALUE:REQUIRED:PUBKEYS:PUBKEY1:PUBKEY2:....[:FLAGS]', help: 'Add an output to REQUIRED of PUBKEYS keys. Flag W: as witness script hash; S: within a script hash', category: 'Commands' },
  { name: 'outpubkey=VALUE:PUBKEY[:FLAGS]', help: 'Add an output to a public key. Flag W: as witness key hash; S: within a script hash', category: 'Commands' },
  { name: 'outscript=VALUE:SCRIPT[:FLAGS]', help: 'Add an output with a script, as words. Flag W: as witness script hash; S: within a script hash', category: 'Commands' },
  { name: 'replaceable(=N)', help: 'Let input N, or all, signal that the transaction may be replaced', category: 'Commands' },
  { name: 'set=NAME:JSON-STRING', help: 'Set a register', category: 'Commands' },
  { name: 'sign=SIGHASH-FLAGS', help: 'Sign with the registers privatekeys (list of WIF) and prevtxs (list of objects, as signrawtransactionwithkey takes them)', category: 'Commands' },
];
/** Standard input and files with more are none of a transaction. */
const MAX_INPUT = 64 * 1024 * 1024;


function readText(file: string | number, complaint: string): string {
  try {
    const text = fs.readFileSync(file, 'utf8');
    if (text.length > MAX_INPUT) throw new TxEditError(complaint);
    return text;
  } catch (e) {
    throw new TxEditError(complaint, { cause: e });
  }
}

/** NAME and VALUE of a register. */
function register(text: string, complaint: string): { name: string; value: string } {
  const at = text.indexOf(':');
  if (at <= 0 || at === text.length - 1) throw new TxEditError(complaint);
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

function json(name: string, text: string): Json {
  try {
    return parseJson(text);
  } catch (e) {
    if (e instanceof JsonParseError) throw new TxEditError(`Cannot parse JSON for key ${name}`);
    throw e;
  }
}

/** Runs the commands of a command line. @throws CoinError */
function edit(start: Transaction, commands: readonly string[], params: ChainParams): Transaction {
  const registers = new Map<string, Json>();
  let tx = start;
  for (const word of commands) {
    const at = word.indexOf('=');
    const [command, value] = at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
    switch (command) {
      case 'set': {
        const { name, value: text } = register(value, 'Register input requires NAME:VALUE');
        registers.set(name, json(name, text));
        break;
      }
      case 'load': {
        const { name, value: file } = register(value, 'Register load requires NAME:FILENAME');
        registers.set(name, json(name, readText(file, `Cannot open file ${file}`)));
        break;
      }
      case 'sign':
        tx = signWithRegisters(tx, value, registers, params);
        break;
      default: {
        const edited = editTransaction(tx, command, value, params);
        if (edited === null) throw new TxEditError('unknown command');
        tx = edited;
      }
    }
  }
  return tx;
}

function output(tx: Transaction, args: Args, params: ChainParams): string {
  if (args.bool('json', false)) return stringifyJson(transactionToJson(tx, { names: scriptNames(params) }), 4);
  return args.bool('txid', false) ? tx.txidHex : toHex(tx.raw);
}

/** coin-tx: makes and changes transactions, without a node. @returns exit code */
export function run(context: RoleContext): number {
  return printOutcome(execute(context, () => readText(0, 'error reading stdin')));
}

/** One call of coin-tx. @param stdin gives the standard input, where the command line asks for it */
export function execute(context: RoleContext, stdin: () => string): ToolOutcome {
  const coin = context.coin.info;
  const usage = `Makes and changes ${coin.clientName} transactions.\n\nUsage: ${context.exeName} [options] <hex-tx> [commands]\nor:    ${context.exeName} [options] -create [commands]`;
  const args = startTool({ title: `${coin.clientName} ${coin.name}-tx utility`, usage, options: OPTIONS, commands: COMMANDS, onlyCommands: false, debugOptions: false }, context);
  if (!(args instanceof Args)) return args;
  try {
    const params = chooseParams(context.coin, args);
    const words = [...args.command];
    let tx = new Transaction({ version: DEFAULT_RAWTX_VERSION, inputs: [], outputs: [], locktime: 0 });
    if (!args.bool('create', false)) {
      const first = words.shift();
      if (first === undefined) throw new TxEditError('too few parameters');
      const decoded = decodeHexTransaction(first === '-' ? stdin().trim() : first, true);
      if (decoded === null) throw new TxEditError('invalid transaction encoding');
      tx = decoded;
    }
    return { code: 0, stdout: `${output(edit(tx, words, params), args, params)}\n`, stderr: '' };
  } catch (e) {
    if (e instanceof InitError || e instanceof ArgsError) return failure(`Error: ${e.message}`);
    if (e instanceof CoinError) return failure(`error: ${e.message}`);
    throw e;
  }
}
