import type { OptionCategory, OptionSpec } from './option-spec.ts';

type Extra = Omit<OptionSpec, 'name' | 'arg' | 'help' | 'category'>;
const D: Extra = { debugOnly: true };
const N: Extra = { networkOnly: true };

/** `name=<arg>` and its help under one heading. */
function group(category: OptionCategory, rows: readonly (readonly [string, string, Extra?])[]): OptionSpec[] {
  return rows.map(([text, help, extra]) => {
    const m = /^([^=[]+)(.*)$/.exec(text);
    const arg = m?.[2] ?? '';
    return { name: m?.[1] ?? text, ...(arg === '' ? {} : { arg }), help, category, ...extra };
  });
}

/** Options that choose the network; every program takes them. */
export const CHAIN_OPTIONS: readonly OptionSpec[] = group('Chain selection options', [
  ['coinspec=<file>', 'Run the coin that this data file describes (only on the command line; see coin new and coin check)', { disallowNegation: true }],
  ['chain=<chain>', 'Use the chain <chain> (default: main). Allowed values: main, test, testnet4, signet, regtest'],
  ['regtest', 'Use a private chain whose blocks can be mined at will. For testing applications.', D],
  ['signet', 'Use the signet chain. Equivalent to -chain=signet.'],
  ['signetchallenge', 'Blocks must satisfy this script (hex) to be valid on signet. Several are not supported.', { disallowNegation: true }],
  ['testnet', 'Use the testnet3 chain. Equivalent to -chain=test.'],
  ['testnet4', 'Use the testnet4 chain. Equivalent to -chain=testnet4.'],
  ['vbparams=deployment:start:end[:min_activation_height]', 'Use other start, end and activation height for a version bits deployment (regtest only)', D],
]);

/** Options that every program that reads the data directory takes. */
export const COMMON_OPTIONS: readonly OptionSpec[] = group('Options', [
  ['help', 'Print this help message and exit (also -h or -?)'],
  ['version', 'Print version and exit'],
  ['conf=<file>', 'Read options from this file, relative to the data directory (only on the command line)'],
  ['datadir=<dir>', 'Keep data in this directory', { disallowNegation: true }],
]);

/** Short forms of -help. */
export const HIDDEN_OPTIONS: readonly OptionSpec[] = group('hidden', [['h', ''], ['?', '']]);

/** What only a parent says to a process that it has started: the descriptor of its connection, and what fences it in. */
export const CHILD_OPTIONS: readonly OptionSpec[] = group('hidden', [['ipcfd=<n>', ''], ['fenced=<fence>', '']]);

/** Of those who listen, and of those who connect. */
export const IPC_KEY_OPTION: OptionSpec = {
  name: 'ipckey', arg: '=<file>', category: 'IPC interprocess connection options',
  help: 'Key that both ends of a TCP connection must have: 64 hex digits, readable by its owner only, relative to the network directory; who listens makes it where it is missing (default: ipc.key)',
};

/** Options of a node in several processes only. */
export const MULTIPROCESS_OPTIONS: readonly OptionSpec[] = [...group('IPC interprocess connection options', [
  ['ipcallow=<address>:<interface>,...', 'Grant clients of this address (as -ipcbind names it) these interfaces only: echo, rpc, node, mining, chain (default: all)'],
  ['ipcbind=<address>', 'Listen for other processes: unix for the socket node.sock in the network directory, unix:<path> for another (relative paths start there), for the same user only; tcp:<host>:<port> for those who have the key of -ipckey, encrypted (may be given several times; default: none)'],
]), IPC_KEY_OPTION];

/** Options of the node. Those of the wallet are in the wallet's own table. */
export const NODE_OPTIONS: readonly OptionSpec[] = [
  ...COMMON_OPTIONS,
  ...HIDDEN_OPTIONS,
  ...CHAIN_OPTIONS,
  ...group('Options', [
    ['alertnotify=<cmd>', 'Run a command when there is something to warn about (%s in it is replaced by the text, in quotes)'],
    ['allowignoredconf', 'Only warn where the data directory holds a configuration file that is not the one in use'],
    ['assumevalid=<hex>', 'Take the scripts of this block and its ancestors for valid (0 to check all)'],
    ['blocknotify=<cmd>', 'Run a command when the best block changes (%s in it is replaced by the block hash)'],
    ['blocksdir=<dir>', 'Keep block files in this directory (default: the data directory)'],
    ['blocksonly', 'Take no transactions from peers (default: 0)'],
    ['blocksxor', 'Mix block files with a random key, so that nothing in them looks like a virus (default: 1)'],
    ['dbbatchsize', 'Largest database batch in bytes (default: 33554432)', D],
    ['dbcache=<n>', 'Memory for the database caches in MiB (default: 450, minimum: 4)'],
    ['debuglogfile=<file>', 'Log to this file, relative to the network directory (default: debug.log); -nodebuglogfile for none'],
    ['includeconf=<file>', 'Read a further configuration file, relative to the data directory (only in the configuration file)'],
    ['maxmempool=<n>', 'Keep the transaction pool below <n> megabytes (default: 300)'],
    ['mempoolexpiry=<n>', 'Drop transactions that wait for more than <n> hours (default: 336)'],
    ['minimumchainwork=<hex>', 'Least work of a chain that is followed (hex)', D],
    ['par=<n>', 'Threads that verify scripts (0: as many as there are cores; default: 0)'],
    ['persistmempool', 'Keep the pool over a restart (default: 1)'],
    ['persistmempoolv1', 'Write mempool.dat in its old form (default: 0)'],
    ['pid=<file>', 'File for the process id, relative to the network directory (default: bitcoind.pid)'],
    ['prevoutfetchthreads=<n>', 'Threads that fetch spent outputs ahead; coins are read in one sweep here, so any number is the same'],
    ['prune=<n>', 'Delete old blocks: 1 by RPC only, from 550 to stay below this many MiB (default: 0)'],
    ['loadblock=<file>', 'Import blocks from this file at start'],
    ['reindex', 'Build block index and chain state anew from the block files (default: 0)'],
    ['reindex-chainstate', 'Build the chain state anew from the block files of the index (default: 0)'],
    ['settings=<file>', 'File for settings that the program remembers, relative to the network directory (default: settings.json)'],
    ['shutdownnotify=<cmd>', 'Run a command before shutting down'],
    ['startupnotify=<cmd>', 'Run a command when start-up is done'],
    ['blockfilterindex=<type>', 'Keep an index of block filters: basic, or all kinds where no type is given (default: 0)'],
    ['txindex', 'Keep an index of all transactions, for getrawtransaction (default: 0)'],
  ]),
  ...group('IPC interprocess connection options', [
    ['sandbox=<mode>', 'Fence the wallet process in: auto (by the best means that there are), require (only start with a fence that the kernel holds) or off; all: fence in every process, as with require; programs that options name are run outside (default: auto)'],
    ['sandboxmemory=<n>', 'Memory that a fenced process may fill with data, in MiB (default: 4096)'],
    ['walletkillafter=<n>', 'Kill a wallet process that has not answered for this many seconds, and start it again (default: 0, never)'],
    ['walletrestart', 'Start the wallet process again when it has ended unexpectedly, and open the wallets that were open (default: 1)'],
    ['walletrestartwait=<n>', 'Let calls wait so many seconds for a wallet process that is being started again, before they fail (default: 0)'],
    ['walletwait=<n>', 'Begin to answer RPC when a wallet process has attached itself, or after this many seconds (default: 0, at once)'],
  ]),
  ...group('Connection options', [
    ['addnode=<ip>', 'Keep a connection to this node (may be given several times)', N],
    ['bantime=<n>', 'Seconds for which a ban lasts (default: 86400)'],
    ['bind=<addr>[:<port>][=onion]', 'Listen on this address (default: 0.0.0.0)', N],
    ['cjdnsreachable', 'Addresses of fc00::/8 lead to the CJDNS network on this machine (default: 0)'],
    ['connect=<ip>', 'Connect to these nodes only; -noconnect or -connect=0 for none', N],
    ['discover', 'Find own addresses (default: 1 when listening and no -externalip or -proxy)'],
    ['dns', 'Look names up for -addnode, -connect and proxies (default: 1)'],
    ['dnsseed', 'Ask DNS for peers where few addresses are known (default: 1 unless -connect)'],
    ['externalip=<ip>', 'Own public address (may be given several times)'],
    ['fixedseeds', 'Use fixed seeds where DNS seeds give nothing (default: 1)'],
    ['forcednsseed', 'Always ask DNS for peers (default: 0)'],
    ['i2pacceptincoming', 'Let I2P nodes connect (default: 1); they come by way of -i2psam, not of a port'],
    ['i2psam=<ip:port>', 'SAM bridge of an I2P router, to reach I2P nodes and be reached by them (default: none)'],
    ['listen', 'Accept connections from outside (default: 1 unless -connect, -proxy or -maxconnections=0)'],
    ['listenonion', 'Have Tor make an onion service that leads to this node (default: 1 when listening)'],
    ['maxconnections=<n>', 'Keep at most <n> automatic connections (default: 200)'],
    ['maxreceivebuffer=<n>', 'Largest receive queue of a connection, times 1000 bytes (default: 5000)'],
    ['maxsendbuffer=<n>', 'Largest send queue of a connection, times 1000 bytes (default: 1000)'],
    ['maxuploadtarget=<n>', 'Try to keep outbound traffic under this target per 24 hours (default: 0, no limit)'],
    ['natpmp', 'Ask the router to open the port (default: 1); there is no port mapping yet, so nothing is asked'],
    ['networkactive', 'Have network activity at all (default: 1)'],
    ['onion=<ip:port|path>', 'SOCKS5 proxy to onion services, in place of -proxy; may be unix:<path>; -noonion for none'],
    ['onlynet=<net>', 'Make connections of its own to this network only: ipv4, ipv6, onion, i2p or cjdns (may be given several times); nodes named by the user and connections from outside are not affected'],
    ['peerbloomfilters', 'Serve bloom filters (default: 0)'],
    ['peertimeout=<n>', 'Seconds after which a silent peer is dropped (default: 60)', D],
    ['port=<port>', 'Listen on this port', N],
    ['proxy=<ip>[:<port>]|unix:<path>[=<network>]', 'Connect through this SOCKS5 proxy, which also looks names up; with =<network> (ipv4, ipv6, onion or cjdns) to that network only (may be given several times, the last one for a network counts; default port: 9050); -noproxy for none', { disallowElision: true }],
    ['proxyrandomize', 'Show the proxy other credentials for every connection, so that Tor keeps them apart (default: 1)'],
    ['seednode=<ip>', 'Ask this node for addresses and disconnect'],
    ['timeout=<n>', 'Milliseconds that a connection may take (default: 5000)'],
    ['torcontrol=<ip>[:<port>]', 'Control port of Tor, for -listenonion (default: 127.0.0.1:9051)'],
    ['torpassword=<pass>', 'Password of the control port (default: none)', { sensitive: true }],
    ['v2transport', 'Support the encrypted transport (default: 1); only version 1 is spoken yet'],
    ['whitebind=<[permissions@]addr>', 'Listen here and give peers who connect these permissions'],
    ['whitelist=<[permissions@]IP address or network>', 'Give peers from here these permissions'],
  ]),
  ...group('Debugging/Testing options', [
    ['acceptstalefeeestimates', 'Read fee estimates even where they are old', D],
    ['checkaddrman=<n>', 'Check the address manager every <n> operations', D],
    ['checkblockindex', 'Check the block index now and then', D],
    ['checkblocks=<n>', 'Blocks to check at start (default: 6, 0: all)', D],
    ['checklevel=<n>', 'How thoroughly to check them, 0 to 4 (default: 3)', D],
    ['checkmempool=<n>', 'Check the pool every <n> transactions', D],
    ['debug=<category>', 'Log this category (may be given several times; 1 or all for every one)'],
    ['debugexclude=<category>', 'Do not log this category though -debug says so'],
    ['deprecatedrpc=<method>', 'Allow a deprecated RPC method', D],
    ['fastprune', 'Use small block files', D],
    ['help-debug', 'Print the help with debugging options and exit'],
    ['limitancestorcount=<n>', 'Deprecated: largest number of ancestors (default: 25)', D],
    ['limitclustercount=<n>', 'Largest number of connected transactions in the pool (default: 64)', D],
    ['limitclustersize=<n>', 'Largest size of connected transactions in kilovirtualbytes (default: 101)', D],
    ['limitdescendantcount=<n>', 'Deprecated: largest number of descendants (default: 25)', D],
    ['logips', 'Log addresses of peers (default: 0)'],
    ['loglevel=<level>|<category>:<level>', 'How much to log: info, debug or trace, for all categories or one', { debugOnly: true, disallowNegation: true, disallowElision: true }],
    ['loglevelalways', 'Put category and level before every line (default: 0)'],
    ['logratelimit', 'Let no single place in the program fill the log (default: 1)'],
    ['logsourcelocations', 'Put the place in the program before every line (default: 0)'],
    ['logthreadnames', 'Put the thread before every line (default: 0)'],
    ['logtimemicros', 'Log times with microseconds (default: 0)', D],
    ['logtimestamps', 'Put the time before every line (default: 1)'],
    ['maxsigcachesize=<n>', 'Memory of the signature cache in MiB (default: 32)', D],
    ['maxtipage=<n>', 'Age of a tip, in seconds, from which the node counts as catching up (default: 86400)', D],
    ['maxtxfee=<amt>', 'Largest total fee of a wallet transaction (default: 0.10)'],
    ['mocktime=<n>', 'Take this unix time for now', D],
    ['printtoconsole', 'Print the log to the console too (default: 1)'],
    ['shrinkdebugfile', 'Shorten debug.log at start (default: 1 without -debug)'],
    ['stopatheight', 'Stop at this height', D],
    ['printpriority', 'Log the feerate of each transaction that goes into a block template (default: 0)', D],
    ['test=<option>', 'Test-only switches (regtest only): bip94, addrman, reindex_after_failure_noninteractive_yes', D],
    ['testactivationheight=name@height.', 'Activate a fork (segwit, bip34, dersig, cltv, csv) at this height (regtest only)', D],
    ['uacomment=<cmt>', 'Append a comment to the user agent'],
  ]),
  ...group('Node relay options', [
    ['acceptnonstdtxn', 'Relay non-standard transactions (test networks only; default: 0)', D],
    ['bytespersigop', 'Virtual bytes that one signature operation counts for at least (default: 20)'],
    ['datacarrier', 'Relay data outputs (default: 1)'],
    ['datacarriersize', 'Largest total of data output scripts in a transaction (default: 100000)'],
    ['dustrelayfee=<amt>', 'Feerate that defines dust, per kvB (default: 0.00003)', D],
    ['incrementalrelayfee=<amt>', 'Feerate that a replacement must pay on top, per kvB (default: 0.000001)', D],
    ['minrelaytxfee=<amt>', 'Least feerate to relay and mine, per kvB (default: 0.000001)'],
    ['permitbaremultisig', 'Relay bare multisig outputs (default: 1)'],
    ['txsendrate=<n>', 'Transactions a second that are announced to each peer on average (default: 14)', D],
    ['whitelistforcerelay', 'Give forcerelay permission to whitelisted peers (default: 0)'],
    ['whitelistrelay', 'Give relay permission to whitelisted peers (default: 1)'],
  ]),
  ...group('Block creation options', [
    ['blockmaxweight=<n>', 'Largest weight of a template (default: 4000000)', D],
    ['blockmintxfee=<amt>', 'Least feerate of a transaction in a template, per kvB (default: 0.00000001)'],
    ['blockreservedweight=<n>', 'Weight kept free for header and coinbase (default: 8000)'],
    ['blockversion=<n>', 'Version of templates, to test forks', D],
  ]),
  ...group('RPC server options', [
    ['rest', 'Accept REST requests (default: 0); there is no REST yet, so only 0 does anything'],
    ['rpcallowip=<ip>', 'Accept RPC from this address or network (may be given several times)'],
    ['rpcauth=<userpw>', 'User and hashed password: <USERNAME>:<SALT>$<HASH>', { sensitive: true }],
    ['rpcbind=<addr>[:port]', 'Listen for RPC on this address; ignored without -rpcallowip (default: 127.0.0.1 and ::1)', N],
    ['rpccookiefile=<loc>', 'Where the cookie is, relative to the network directory; -norpccookiefile for none'],
    ['rpccookieperms=<readable-by>', 'Who may read the cookie: owner, group or all (default: owner)'],
    ['rpcdoccheck', 'Compare results with their documentation (default: 0)', D],
    ['rpcpassword=<pw>', 'Password for RPC', { sensitive: true }],
    ['rpcport=<port>', 'Listen for RPC on this port', N],
    ['rpcservertimeout=<n>', 'Seconds after which an idle connection is closed (default: 30)', D],
    ['rpcthreads=<n>', 'RPC calls served at the same time (default: 16)'],
    ['rpcuser=<user>', 'User name for RPC', { sensitive: true }],
    ['rpcwhitelist=<whitelist>', 'Methods that a user may call: <USERNAME>:<rpc 1>,<rpc 2>,...'],
    ['rpcwhitelistdefault', 'Whether users without a whitelist may call nothing (default: 1 if any -rpcwhitelist)'],
    ['rpcworkqueue=<n>', 'RPC calls that may wait (default: 64)', D],
    ['server', 'Accept JSON-RPC (default: 1)'],
  ]),
];
