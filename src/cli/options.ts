import { CHAIN_OPTIONS, COMMON_OPTIONS, HIDDEN_OPTIONS, IPC_KEY_OPTION } from '../common/node-options.ts';
import type { OptionSpec } from '../common/option-spec.ts';

const option = (name: string, arg: string, help: string): OptionSpec => ({ name, ...(arg === '' ? {} : { arg }), help, category: 'Options' });
const command = (name: string, help: string): OptionSpec => ({ name, help, category: 'CLI commands' });

/** Options of coin-cli. */
export const CLI_OPTIONS: readonly OptionSpec[] = [
  ...COMMON_OPTIONS, ...HIDDEN_OPTIONS, ...CHAIN_OPTIONS,
  { name: 'ipcconnect', arg: '=<address>', help: 'Connect to coin-node over a socket instead of HTTP: auto (the socket node.sock in the network directory where somebody listens there, else HTTP), unix (that socket, or fail), unix:<path>, or tcp:<host>:<port> with the key of -ipckey; -noipcconnect for HTTP only (default: auto)', category: 'IPC interprocess connection options' },
  IPC_KEY_OPTION,
  option('color', '=<when>', 'Colours in -getinfo: always, auto (on a terminal) or never (default: auto)'),
  option('named', '', 'Pass named instead of positional arguments (default: 0)'),
  option('rpcclienttimeout', '=<n>', 'Seconds to wait for an answer, 0 for ever (default: 900)'),
  option('rpcconnect', '=<ip>', 'Send commands to the node at this address (default: 127.0.0.1)'),
  option('rpccookiefile', '=<loc>', 'Where the cookie is, relative to the network directory'),
  option('rpcid', '=<id>', 'Id of the JSON-RPC request, for the log of the server (default: 1)'),
  option('rpcpassword', '=<pw>', 'Password'),
  option('rpcport', '=<port>', 'Port'),
  option('rpcuser', '=<user>', 'User name'),
  option('rpcwait', '', 'Wait for the server to start'),
  option('rpcwaittimeout', '=<n>', 'Seconds to wait for the server to start, 0 for ever (default: 0)'),
  option('rpcwallet', '=<wallet-name>', 'Send the command to this wallet'),
  option('stdin', '', 'Read further arguments from standard input, one a line'),
  option('stdinrpcpass', '', 'Read the password from the first line of standard input'),
  option('stdinwalletpassphrase', '', 'Read the wallet passphrase from the next line of standard input'),
  command('generate', 'Mine blocks to a new address of the wallet: generatetoaddress with getnewaddress in front'),
  command('getinfo', 'General information from several methods'),
  command('netinfo', 'Connections to peers; -netinfo help says more'),
  command('addrinfo', 'Number of known addresses by network'),
];
